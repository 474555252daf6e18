CREATE VIEW path AS
SELECT DISTINCT ab.s AS a, de.o AS e
FROM triple ab JOIN triple bc ON bc.s = ab.o JOIN triple cd ON cd.s = bc.o JOIN triple de ON de.s = cd.o
JOIN triple ka ON ka.s = ab.s JOIN triple ke ON ke.s = de.o AND ke.o = ka.o
WHERE ab.p = 7 AND bc.p = 8 AND cd.p = 9 AND de.p = 10 AND ka.p = 1 AND ke.p = 1;
