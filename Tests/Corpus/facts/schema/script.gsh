?- builds(x, p, amount: a).
?- builds(x, p, unit: u).
.schema builds
?- company(c, founded: f).
