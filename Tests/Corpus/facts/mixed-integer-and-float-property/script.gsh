?- m(x, y, v: v).
?- m(x, y, v: 2).
?- m(_, y, v: v), v > 1.
