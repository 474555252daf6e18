?- partner(x).
?- located_in(x, y).
?- located_in(x, y, since: s).
?- label(x, "partner").
?- edge("located_in", x, y).
?- located_in+("A", y).
?- node(x).
