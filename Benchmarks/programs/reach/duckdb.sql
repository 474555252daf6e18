CREATE TABLE reach AS
WITH RECURSIVE reach(x) AS (
  FROM start UNION SELECT edge.y FROM reach JOIN edge ON edge.x = reach.x)
FROM reach;
