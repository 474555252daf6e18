?- uses(i, n), i > 2.
?- depth(i, d), d > 0.
?- near(a, b).
?- walk(1, y).
