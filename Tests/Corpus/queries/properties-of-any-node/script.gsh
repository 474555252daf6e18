?- node(x, founded: y), y > 1995.
?- zone(x), !node(x, founded: _).
?(n: count) :- node(_, founded: _).
?- node("丙", founded: y).
