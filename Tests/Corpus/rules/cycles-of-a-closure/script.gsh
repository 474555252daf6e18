?- path(x, x).
?- strong(x, x).
?- holds(x, _, _), !path(x, x).
?- path(x, y), path(y, x), x < y.
?(n) :- n = count : { path(x, x) }.
?- path("丁", "丁").
?- path("戊", "戊").
?- circle(r, n).
?- path(x, x), path(x, "戊").
