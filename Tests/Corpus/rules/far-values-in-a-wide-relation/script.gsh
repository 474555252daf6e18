?- leads(x, y).
?- leads(5, y).
?- leads(x, x).
