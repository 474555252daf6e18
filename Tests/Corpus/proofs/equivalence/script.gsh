.why same("A", "B")
.why same("B", "A")
.why same("A", "D")
.why same("A", "A")
.why stated("1", "3")
.why stated("2", "1")
.why up("Q", "P")
?- same("A", "E").
