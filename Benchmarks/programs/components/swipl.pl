:- table component(_, min).
component(X, X) :- edge(X, _).
component(Y, C) :- component(X, C), edge(X, Y).
