CREATE VIEW star AS
SELECT c.s, c.o AS class, l.o AS country, a.o AS a, b.o AS b
FROM triple c JOIN triple l ON l.s = c.s JOIN triple a ON a.s = c.s JOIN triple b ON b.s = c.s
WHERE c.p = 1 AND l.p = 2 AND a.p = 4 AND b.p = 5;
