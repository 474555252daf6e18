// Q is touched by nothing: no step leads from it to itself where it is an end, and only there.
?- w(x).
?(x) :- r*(x, x), w(_).
?- r*("Q", "Q").
?- r*("Q", "A").
?(y, n) :- r*(y, "B", hops: n).
?(y, n) :- r*("Q", y, hops: n).
// An end is the same written as a constant or bound by an equation.
?(y, n) :- (r{0,1}){2}("A", y, hops: n).
?(y, n) :- x = "A", (r{0,1}){2}(x, y, hops: n).
?(y, n) :- (r|r*)("B", y, hops: n).
?(y, n) :- x = "B", (r|r*)(x, y, hops: n).
?(n: count) :- r*("A", _).
