?- total(c, t).
?- big(c).
?- projects(c, n).
?(s) :- s = sum x : { builds(_, _, amount: x) }.
