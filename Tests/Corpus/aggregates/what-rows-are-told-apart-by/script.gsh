// Who names a part of citations ranges over citations, three of d1 and two of d2.
?(s, n: count, t: sum v) :- r(_, _, v: v, source: s).
?(n: count, t: sum v) :- r(_, _, v: v, source: "d1").
?(n) :- n = count : { r(_, _, source: s), s = "d1" }.
?(n) :- n = count : { r(_, _, source: _) }.
?(n) :- n = count : { edge(_, _, _, source: _) }.
?(n) :- n = count : { ka(_, source: "d1") }.
// A named argument stands for `_` in the other places.
?(n) :- n = count : { d(_, x, _), d(_, _, z) }.
?(n) :- n = count : { d(b: x), d(c: z) }.
// A false alternative changes nothing.
?(n) :- n = sum z : { d(_, x, z), z > 1 }.
?(n) :- n = sum z : { d(_, x, z), (z > 1 ; z < 0) }.
// Relations that are inline are sets as others are.
?(n) :- n = count : { p(x) }.
?(n: count) :- q(x).
?(n: sum x) :- q(x).
?(x, n: count) :- q(x).
// w has 2 and 3 in the middle.
?(x) :- d(x, _, _), !m(x).
