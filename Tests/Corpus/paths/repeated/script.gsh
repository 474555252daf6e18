// A repetition may be repeated in turn.
?- next{2}+("1", y).
?- next+{3}("1", y).
?- next*{2}("3", y).
?- (next|^next)+{4}("1", y).
?- !next+{5}("1", "5").
?- n = count : { next+{4}(_, _) }.
// No repetition, but arithmetic.
?- x = 1, x+(2) = 3.
