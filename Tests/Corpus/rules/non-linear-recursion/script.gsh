?(n) :- n = count : { t(_, _) }.
?- t(1, y).
?- same(x, y).
