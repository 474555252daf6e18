?(u, t, n) :- next(u, t, n) order by u, t.
?(t, u, b, a) :- around(t, u, b, a) order by u, t.
?(u, t, n) :- later(u, t, n) order by u, t.
?(k, n) :- kinds(k, n) order by k, n.
?- before(u, t, n).
?- next("甲", 1, n).
?- around(9, u, b, a).
