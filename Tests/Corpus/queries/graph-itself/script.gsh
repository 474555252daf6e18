?- node(x).
?- label(x, l).
?- edge(t, x, y).
?- property(x, k, v).
?- edge(t, "a", y).
?- label("A", l).
?- alias(a, n).
