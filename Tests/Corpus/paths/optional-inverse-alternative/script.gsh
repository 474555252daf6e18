?- (part_of)?("p", y).
?- part_of{0,1}("p", y).
?- (part_of|located_in)+("c", y).
?- ^builds("x", c).
?- (^part_of)+("r", y).
?- (located_in|^builds)(a, b), a != "x".
?- ^(part_of|located_in)("z", y).
