?- p?("A", y).
?- company(x), y = upper(x).
?- company(x), y = company(x).
?(x, n: count y) :- t(x, y), n > 1.
?- company(c)
p(c, y).
