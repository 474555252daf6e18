?- edge(t, x, y, source: s, lines: l).
?- edge("supplies", x, y, lines: l).
?- edge(t, "AA", y, lines: "6").
?- label(x, l, lines: n).
?- label("A", l, source: s).
?- alias(a, x, source: s, lines: l).
?(t, n: count) :- edge(t, _, _, lines: _).
