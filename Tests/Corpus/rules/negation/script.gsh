?- homeless(c).
?- settled(c).
?- empty(z).
?- company(c), !located_in(c, "Z1").
?- company(c), !(located_in(c, z), zone(z)).
?- !zone("Z9").
?- company(c), zone(z), !located_in(c, z), c != "C".
