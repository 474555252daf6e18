?- path(x, y).
?- both(a, b).
