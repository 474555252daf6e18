?- link+(1, y).
?- (^link)+(3, y).
?- near+("a", y).
?- edge+("a", y).
?- edge{1,1}("a", y).
?- link*(9, y).
