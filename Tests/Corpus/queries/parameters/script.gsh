?- s($name, v).
?- s(n, v), v > $least.
?(n) :- s(n, _) order by n limit $most.
?- f(x), x = $half.
?- s($quoted, v).
