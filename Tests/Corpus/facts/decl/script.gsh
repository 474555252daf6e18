?- r(a, b).
?- r(b: "x", a: n).
?- r(b: x).
?- r(2, b: x).
?- flag().
?- f(x, y).
