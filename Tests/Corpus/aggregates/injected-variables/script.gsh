?(x, n) :- e(x, _), n = count : { e(x, _) }.
?(x, n) :- e(x, _), n = count : { e(_, x) }.
// x only bounds the inside.
?(x, s) :- e(x, _), s = sum y : { e(_, y), y > x }.
?(x, y, n) :- e(x, y), n = count : { e(y, _), x != y }.
