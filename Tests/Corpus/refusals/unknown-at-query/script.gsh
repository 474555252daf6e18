?- compani(x).
