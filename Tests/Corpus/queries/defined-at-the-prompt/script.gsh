supplies("a", "b"). supplies("b", "c").
.decl n(x:number)
n(1).
reach(x, y) :- supplies(x, y).
reach(x, z) :- reach(x, y), supplies(y, z).
?- reach(x, y).
n(2).
?- n(x).
supplies("c", "d").
?- reach("a", y).
