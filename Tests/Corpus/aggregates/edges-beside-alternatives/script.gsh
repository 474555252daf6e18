// Three edges of 4 each, whether or not there is an alternative that never holds.
?(s) :- s = sum v : { b(_, _, v: v), v > 2 }.
?(s) :- s = sum v : { b(_, _, v: v), (v > 2 ; v < 1) }.
?(x, n: count, s: sum v) :- b(x, _, v: v), (x = "A" ; x = "C").
?(n) :- n = count : { b("A", _, v: _), (1 < 2 ; 3 < 2) }.
// Without a property a graph atom is its pairs.
?(n) :- n = count : { b(_, _), (1 < 2 ; 3 < 2) }.
// From A and from P a path leads to A.
?(x, n: count) :- s(x, _), s+(_, "A"), (1 < 2 ; 3 < 2).
// y is the negated conjunction's own.
?(n: count) :- s(x, _), (x = "A" ; x = "P"), !(b(x, y, v: 4), y != "Q").
