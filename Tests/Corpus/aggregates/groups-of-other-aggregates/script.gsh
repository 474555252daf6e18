// The first aggregate needs what the second says of `b`, which stands in the second only.
// c is 1, 2 and 0 rows of r; n is how many of 1, 2, 7 are another number.
?(b, n, c) :- k(b), n = count : { k(a), (a > c ; a < c) }, c = count : { r(b, _) }.
// c is 2 and 4; 7 has none. Of 1, 2, 7 two are not 2, three are not 4.
?(b, n, c) :- k(b), n = count : { k(a), (a > c ; a < c) }, c = max y : { r(b, y) }.
// Nothing where c is not 0.
?(b, n, c) :- k(b), n = count : { k(a), !(k(1), c != 0) }, c = count : { r(b, _) }.
// 7 is above 2 and above 4.
?(b, n, c) :- k(b), n = count : { k(a), m = count : { k(z), z > c }, m > 0 }, c = max y : { r(b, y) }.
// What the sum is asked for is not narrowed by what stands beside it in the count. Of i1 = 1 and 3 it is 8 and 0, of 4 it is 0.
// Only w(2) goes with i2 = 2.
?(i3, a, n) :- n = count : { m = count : { i2 > i3 - a, t(a, i2) }, w(i2) }, a = sum z : { s(z, i5), i1 <= i5 }, s(i3, i2), s(i1, i2).
// A sum beside alternatives in the head, with a minimum's own value in one of them: 1 + 2, and 7.
?(n: sum a) :- k(a), (a < 3, m = min x : { k(x), x * 1 = a } ; a > 5).
