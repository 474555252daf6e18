clique(A, B, C, D) :- edge(A, B), edge(B, C), edge(A, C), edge(C, D), edge(B, D), edge(A, D).
