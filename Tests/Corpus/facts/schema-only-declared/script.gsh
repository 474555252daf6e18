?- builds(c, p, amount: a).
?- company(c, founded: f).
?- builds(c, p).
