?- told(x).
?- any().
?- none().
