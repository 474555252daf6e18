?- quiet(x).
?(x) :- r(a, b), b != 0, x = a / b.
?(x) :- r(a, b), x = a / b.
