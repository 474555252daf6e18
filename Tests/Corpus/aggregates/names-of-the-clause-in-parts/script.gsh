// A name of the clause that one of two alternatives has is the clause's in this one.
?(i, n) :- s(i, _), n = count : { t(j), j > 2 ; s(i, j) }.
?(i, n) :- s(i, _), n = sum j : { s(j, _), (j > 60 ; s(i, j)) }.
?(i, v, n) :- s(i, v), n = count : { s(j, w), (w > v ; w = v, j < i) }.
// And so it is in a negated conjunction, and in one within another.
?(i, n) :- s(i, _), n = count : { s(j, _), !(s(i, j), j > 1) }, m = count : { s(j, _), !x(i, j) }, m = n.
?(i, n) :- s(i, _), n = count : { t(j), m = count : { t(k), !(s(i, k), s(j, k)) }, m > 1 }.
?(i, n) :- s(i, _), n = count : { t(j), m = count : { t(k), !y(i, j, k) }, m > 1 }.
?(i) :- s(i, _), !(t(j), j > 1, !(s(i, k), k < j)).
