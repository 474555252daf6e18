CREATE VIEW clique AS
SELECT ab.x AS a, ab.y AS b, bc.y AS c, cd.y AS d
FROM edge ab JOIN edge bc ON bc.x = ab.y JOIN edge ac ON ac.x = ab.x AND ac.y = bc.y
JOIN edge cd ON cd.x = bc.y JOIN edge bd ON bd.x = ab.y AND bd.y = cd.y
JOIN edge ad ON ad.x = ab.x AND ad.y = cd.y;
