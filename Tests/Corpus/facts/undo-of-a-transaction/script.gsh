company("B"). located_in("B", "Z").
.begin
company("C").
located_in("C", "Z").
company("A", founded: 1999).
.delete located_in("B", "Z")
.delete company("B")
.commit
?- company(x).
?- company(x, founded: y).
.undo
?- company(x).
?- located_in(x, y).
.undo
?- company(x).
.begin
company("D").
.undo
located_in("E", "Z").
company("E").
.commit
?- company(x).
.undo
?- located_in(x, y).
