?(c) :- company(c) limit -1.
?(c) :- company(c) limit c.
?(c) :- company(c) limit 1 + 1.
?(c) :- company(c) limit "3".
?(c) :- company(c) limit 1 offset c.
?(c) :- company(c) limit.
