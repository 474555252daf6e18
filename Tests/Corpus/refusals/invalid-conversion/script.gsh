?(n) :- s(x), n = to_number(x).
