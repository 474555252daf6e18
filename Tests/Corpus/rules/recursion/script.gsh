?- reach("a", y).
?- cycle(x).
?(n) :- n = count : { reach(_, _) }.
