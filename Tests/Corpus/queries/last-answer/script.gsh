?(x) :- s(x, _).
?- last(z).
// A rule goes on speaking of the rows that it was stated for, `last` is the answer before.
?(x) :- s(x, _).
k(x) :- last(x).
?(y) :- s(_, y).
?- last(z).
?- k(x).
.rules
.forget k
?(y) :- s(_, y).
?- last(z).
