?(x, u) :- p(x, u: u) order by u.
?- e(x, y, w: 9223372036854775809u).
?(n) :- q(_, n: n), n > 4u order by n.
?(v) :- r(_, v: v) order by v desc.
.expect ?(u) :- p("a", u: u). = 18446744073709551615
.expect ?(w) :- e(_, _, w: w). = 9223372036854775809; 12u
.set p("c", u: 18446744073709551614u)
.unset p("b", u: 0u)
?(x, u) :- p(x, u: u) order by u.
