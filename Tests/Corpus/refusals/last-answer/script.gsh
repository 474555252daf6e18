?(x) :- s(x, _).
?- last(x, y).
