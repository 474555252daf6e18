?- triangle(a, b, c).
?- low(a, b, c).
