?- n(x), n(y), !s+(x, y), x != y.
?- n(x), !s+(_, x).
