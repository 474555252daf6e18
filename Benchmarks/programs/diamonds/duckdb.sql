CREATE VIEW diamond AS
SELECT DISTINCT ab.x AS a, bd.y AS d
FROM edge ab JOIN edge bd ON bd.x = ab.y
JOIN edge ac ON ac.x = ab.x JOIN edge cd ON cd.x = ac.y AND cd.y = bd.y
WHERE ab.y < ac.y;
