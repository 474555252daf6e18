?- located_in(x, "祁县开发区").
?- located_in(x, z).
?- zone("祁县开发区").
?- located_in(x, z), z = "祁县开发区".
?- located_in(x, z), z != "祁县开发区".
// Never in declared relations.
?- text(t).
?- text("祁县经济开发区").
?- alias(a, n).
?- located_in+("A", "祁县开发区").
