?(c) :- company(c) order by d.
