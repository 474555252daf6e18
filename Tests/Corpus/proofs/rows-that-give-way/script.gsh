.whynot best("a", 2)
.whynot best("a", 1)
.whynot best("b", 5)
?- top(k, n).
.whynot top("a", 1)
.whynot top("b", 5)
.whynot top("c", 5)
