:- table reach/1.
reach(X) :- start(X).
reach(Y) :- reach(X), edge(X, Y).
