.set company("A", founded: 1, founded: 2)
.unset company("A", founded: 1, founded: 2)
.unset company(x, fonded: _)
.unset company("A", lines: _)
.unset company("A", code: _)
?- company(x, founded: y).
