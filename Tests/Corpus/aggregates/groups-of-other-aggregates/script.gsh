// The first aggregate needs what the second says of `b`, which stands in the second only.
// c is 1, 2 and 0 rows of r; n is how many of 1, 2, 7 are another number.
?(b, n, c) :- k(b), n = count : { k(a), (a > c ; a < c) }, c = count : { r(b, _) }.
// c is 2 and 4; 7 has none. Of 1, 2, 7 two are not 2, three are not 4.
?(b, n, c) :- k(b), n = count : { k(a), (a > c ; a < c) }, c = max y : { r(b, y) }.
// Nothing where c is not 0.
?(b, n, c) :- k(b), n = count : { k(a), !(k(1), c != 0) }, c = count : { r(b, _) }.
// 7 is above 2 and above 4.
?(b, n, c) :- k(b), n = count : { k(a), m = count : { k(z), z > c }, m > 0 }, c = max y : { r(b, y) }.
