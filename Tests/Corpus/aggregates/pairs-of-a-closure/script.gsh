?- out(x, n).
?- in(y, n).
?(x, n) :- e(x, _), n = count : { small(x, _) }.
?(y, n) :- e(_, y), n = count : { p(_, y) }.
?(n) :- n = count : { p(_, _) }.
?(n) :- n = count : { small(x, y) }.
?(n) :- n = count : { same(_, _) }.
?(x, n) :- e(x, _), n = count : { same(x, _) }.
?(x, n) :- e(x, _), n = count : { same(_, x) }.
?(n) :- n = count : { p(x, x) }.
?(n) :- n = count : { small(-8, _) }.
