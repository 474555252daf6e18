?- e(x), n = count : { f(x), g(x) }.
?- e(x), n = count : { f(x) }.
?- e(x), n = count : { f(x), e(x) }.
