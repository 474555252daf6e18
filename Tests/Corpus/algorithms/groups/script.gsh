?- component[supplies](x, c).
?- component[supplies|located_in](x, c).
?- component[edge](x, "丁").
?- strong_component[supplies](x, c).
?- strong_component[^supplies](x, "丁").
?- component[road](x, c).
?- strong_component[road](x, c) .
?- size(c, n).
?- large(c).
?- apart(x, y).
?- component[supplies+](x, c), x != c.
?(c, n: count) :- community[supplies](x, c).
