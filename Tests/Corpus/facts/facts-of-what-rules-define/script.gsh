?- hub(x).
hub("丁", since: 1999).
?- hub(x).
?- hub(x, since: y).
?- label(x, l).
serves("丁", "甲") @ 12.
?- serves(x, y).
?- serves(x, y, lines: l).
?- edge(t, x, y).
star(x) :- hub(x).
.node star()
?- star(x).
?- label(x, "star").
