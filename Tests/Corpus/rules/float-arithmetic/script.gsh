?(x, y) :- f(x), y = x * 2.
?(x, y) :- f(x), y = x / 4.
?(x) :- f(x), x < 1.75.
?(y) :- f(x), x > 1.6, y = x ^ 3.
?(n) :- f(x), n = to_number(x).
?(x) :- x = to_float(7) / 2.
?(t) :- f(x), t = to_string(x).
?(x) :- x = 0.1 + 0.2.
?(x) :- x = 1.5e3.
