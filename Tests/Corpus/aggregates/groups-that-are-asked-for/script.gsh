?- ways(a, b, n).
?- total(a, b, n).
?- least(a, b, n).
?- part(a, n).
?- own(a, b, n).
?- same(a, n).
?- chain(a, b, n).
?- again(a, b, m).
