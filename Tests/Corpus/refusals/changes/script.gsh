.set company("A", source: "q")
.set node("A", lines: "3")
.set company("A", founded: "x")
.set company("nobody", founded: 1)
.delete node("AA")
.delete node("both")
?- node(x).
