?(n, v) :- s(n, v) order by v desc.
?(n, v) :- s(n, v) order by v, n desc.
?(n, v) :- s(n, v) order by v desc limit 2.
?(n, v) :- s(n, v) order by v desc limit 2 offset 1.
?(n) :- s(n, _) limit 2.
?(n) :- s(n, _) offset 4.
?(n) :- s(n, _) limit 0.
?(n) :- s(n, _) limit 10 offset 9.
?(v, n) :- s(n, v), v > 1 order by n.
