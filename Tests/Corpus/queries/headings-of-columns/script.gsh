?(n, n, x, n) :- v(n, x: x) order by x.
?(`n (2)`: x, n, n) :- v(n, x: x) order by n.
?(count, count) :- v(_, x: _).
.format json
?(n, n) :- v(n, x: 3).
