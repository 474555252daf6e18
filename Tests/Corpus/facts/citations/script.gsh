// One edge with two citations is one edge.
?- in(x, "Z").
?(n) :- n = count : { in(_, _) }.
?- in(x, "Z", source: s, lines: l).
?- in(x, _, source: "001.txt").
?- zone(z, source: s, lines: l).
