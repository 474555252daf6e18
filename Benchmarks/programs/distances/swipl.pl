:- table distance(_, min).
distance(X, 0) :- start(X).
distance(Y, D) :- distance(X, E), road(X, Y, L), D is E + L.
