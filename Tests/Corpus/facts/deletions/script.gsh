.delete node("nobody")
.delete company("nobody")
.delete supplies("nobody", y)
.delete alias("nobody", x)
.delete alias("AA", "B")
.delete alias("AA", "A")
?- alias(a, x).
.undo
?- alias(a, x).
.delete alias(a, x), x = "A"
?- alias(a, x).
?- company("BB").
// No fact has the name any more, and it is still known.
.delete supplies(x, y)
?- supplies(x, y).
.delete company(x)
?- company(x).
