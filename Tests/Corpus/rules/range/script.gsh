?(x) :- x = range(1, 4).
?(x) :- x = range(3, 0).
?(x) :- x = range(0, 10, 4).
?(x) :- x = range(2, 2).
?(x, y) :- x = range(1, 3), y = range(0, x).
