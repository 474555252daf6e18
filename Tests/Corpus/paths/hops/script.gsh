?- s+("a", y, hops: n).
?- s*("a", y, hops: n).
// To itself under `+`: the shortest cycle.
?- s+("b", "b", hops: n).
?- s+(x, y, hops: 1).
?- s{2,3}("a", y, hops: n).
?- s+(x, y, hops: n), n > 2.
