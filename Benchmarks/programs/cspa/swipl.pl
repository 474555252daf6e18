:- table valueFlow/2, valueAlias/2, memoryAlias/2.
valueFlow(Y, X) :- assign(Y, X).
valueFlow(X, Y) :- assign(X, Z), memoryAlias(Z, Y).
valueFlow(X, Y) :- valueFlow(X, Z), valueFlow(Z, Y).
memoryAlias(X, W) :- dereference(Y, X), valueAlias(Y, Z), dereference(Z, W).
valueAlias(X, Y) :- valueFlow(Z, X), valueFlow(Z, Y).
valueAlias(X, Y) :- valueFlow(Z, X), memoryAlias(Z, W), valueFlow(W, Y).
valueFlow(Y, Y) :- assign(X, Y).
valueFlow(X, X) :- assign(X, Y).
memoryAlias(X, X) :- assign(Y, X).
memoryAlias(X, X) :- assign(X, Y).
