?- supplies+("a", y).
?- supplies+(x, "d").
?- supplies+(x, x).
?- supplies*("d", y).
// Reflexive over the nodes that `supplies` touches, and over a bound constant.
?- supplies*(x, x).
?- supplies*("lone", y).
?- supplies*("nobody", y).
?- supplies+("d", y).
?- supplies+("a", "d").
