?- paid(i, p).
?- next(i, t).
?- before(i, n).
?(s, t, m) :- trade(_, s, t), m = max p : { price(s, x, p), x <= t }.
