star(S, C, L, A, B) :- triple(S, 1, C), triple(S, 2, L), triple(S, 4, A), triple(S, 5, B).
