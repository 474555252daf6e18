?- even(n).
?- odd(n).
