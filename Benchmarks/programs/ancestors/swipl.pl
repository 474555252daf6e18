:- table ancestor/2.
ancestor(X, Y) :- parent(X, Y).
ancestor(X, Z) :- parent(Y, Z), ancestor(X, Y).
answer(X) :- ask(Y), ancestor(X, Y).
