.rename "B" to "́x"
?- node(x).
.merge "C" into "́x"
?- alias(x, y).
.rename "́x" to "p\nq"
?- node(x).
.expect ?(x) :- co(x). = "p\nq"
