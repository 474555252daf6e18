?- alias(a, x).
?- alias(a, x), zone(x).
?- alias(a, x, lines: l).
.merge "太谷" into "祁县"
?- alias(a, x).
.delete alias("谷", x)
?- alias(a, x).
?- zone("祁").
