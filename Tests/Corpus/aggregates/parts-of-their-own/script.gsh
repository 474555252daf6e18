// z is the negated group's. Of w(1, 2, 0) the greatest y with t(y, 0) is 2; w(5, 6, _) there is none.
?(a, b) :- s(a, b), !(w(a, b, z), n = max y : { t(y, z) }, n = 2).
?(a, b) :- s(a, b), !(w(a, b, z), 2 = sum y : { t(y, z) }).
// No w(_, 1, _) and no w(_, 5, _), so no greatest.
?(a, b) :- s(a, b), !(t(c, _), n = max y : { w(y, a, c) }).
// The least x is 1, reached in s(1, 2); the alternatives do not matter.
?(a, y) :- s(a, _), n = min x : { s(x, y), (s(x, z) ; x > 1) }.
// Nothing is s(2, _) or s(6, _).
?(a, b) :- s(a, b), !(s(b, y), n = min x : { s(x, y), (s(x, z) ; 1 > 1) }).
// Up to 1 there is one, up to 5 there are two, whichever alternative comes first.
?(n) :- n = sum m : { s(c, _), (c < 3 ; c > 2), m = count : { s(z, _), z <= c } }.
?(n) :- n = sum m : { s(c, _), (c > 2 ; c < 3), m = count : { s(z, _), z <= c } }.
?(a) :- s(a, _), !(s(c, _), (c < 3 ; c > 2), m = count : { s(z, _), z <= c }, m = 2, a = 5).
// A witness may be asked for in the head of a query as in that of a rule.
?- best(n, x).
?(n, x) :- x = max y : { s(n, y) }.
?(n, x) :- x = max y : { (s(n, y) ; t(n, y)) }.
