?- company(c, founded: y).
?- company(c, head: h).
?- company(c, founded: 1999).
// Only where the property is there.
?- builds(c, p, amount: a).
// No property named: the set of pairs.
?- builds(c, p).
?- builds(c, p, amount: 5, unit: u).
?- builds(c, p, amount: _).
?- builds(_, p).
