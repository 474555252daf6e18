CREATE VIEW triangle AS
SELECT a.x, a.y, b.y AS z FROM edge a JOIN edge b ON b.x = a.y JOIN edge c ON c.x = a.x AND c.y = b.y;
