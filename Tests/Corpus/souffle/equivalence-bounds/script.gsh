?- near(x, y).
?- apart(x, y).
?- following(x, y).
?- small(x, y).
?- other(x, y).
?- pairs(n).
?- ahead(x, n).
?- member(x).
?- starts(x).
?- late(y).
?- wrapped(x, y).
