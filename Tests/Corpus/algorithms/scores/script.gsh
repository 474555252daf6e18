?- hub(x).
?- pagerank[line](x, s, damping: 0).
?- core[supplies](x, k).
?- triangles[supplies](x, n), n > 0.
?- betweenness[supplies](x, s), s > 0.
?- betweenness[line|^line]("b", s).
?- closeness[line](x, s) .
?- closeness[^line]("b", s).
?(n: count) :- pagerank[edge](x, p), p > 0.03, p < 0.4.
?- core[line]("nobody", k).
