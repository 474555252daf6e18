?- s(x), match("(", x).
