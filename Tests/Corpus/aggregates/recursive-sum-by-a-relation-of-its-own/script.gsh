?- held(x, y, n).
