?- company(c).
?- located_in(c, z).
?- located_in(c, "祁县经济开发区"), company(c).
?- company("伊利集团").
?- company("祁县经济开发区").
?- zone(z), located_in(z, _).
