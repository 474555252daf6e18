?(c) :- company(c) limit -1.
