?(v, n) :- s(n, v).
?(n, double: v * 2) :- s(n, v).
?(v + 1) :- s(_, v).
// All named variables, in the order of writing.
?- s(n, v), w = v + 1.
?- s(_, v).
?- s("a", 3).
?- s("a", 4).
// A variable whose name begins with `_` is not shown.
?- s(n, _v).
