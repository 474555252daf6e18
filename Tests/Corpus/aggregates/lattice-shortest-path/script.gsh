?- dist(x, d).
?- widest(x, w).
