?- controls(x, y).
?- held("a", y, s).
?- rules(x, y), !controls(x, y).
?- controls(x, y), !rules(x, y).
?- comes(x).
?- here(x, n).
