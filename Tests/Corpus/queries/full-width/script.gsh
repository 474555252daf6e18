？- company（x）。
？（x） ：- located_in（x， “祁县”）。
?- company(x)， ！located_in(x, _)。
?- 大公司(公司).
