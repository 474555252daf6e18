?(c, count p) :- builds(c, p).
?(c, sum a) :- builds(c, _, amount: a).
?(max a) :- builds(_, _, amount: a).
?(c, total: sum a) :- builds(c, _, amount: a) order by total desc.
