?- total(m, n).
?- many(m, n).
?- average(m, n).
?- first(m, n).
?- once(m, n).
?- pairs(m, n).
?(m, s: sum i, k: count, l: max i) :- j(i, m, p), (p = "u" ; p = "v").
?(k: count) :- j(_, _, p), (p = "u" ; p = "w").
?(p, k: count) :- j(_, _, p), !(p = "u" ; p = "w").
?(m, n) :- j(_, m, _), n = sum i : { j(i, m, p), (p = "u" ; p = "v") }.
