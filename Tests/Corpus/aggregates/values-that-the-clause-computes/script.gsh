?(g, d, n) :- decade(g, d, n) order by g, d.
?(g, x, s) :- double(g, x, s) order by g, x.
?(g, x, n) :- others(g, x, n) order by g, x.
?(x, m) :- best(x, m) order by x.
?(g, x) :- alone(g, x) order by g, x.
?(g, x) :- single(g, x) order by g, x.
?(g, x, n) :- large(g, x, n) order by g, x.
?(x, n) :- halves(x, n) order by x.
?- fixed(n).
?(x, n) :- v("b", x), n = count : { v("a", y), y / 4 = x / 4 } order by x.
