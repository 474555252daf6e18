CREATE TABLE tc AS
WITH RECURSIVE tc(x, y) AS (
  FROM edge UNION SELECT tc.x, edge.y FROM tc JOIN edge ON tc.y = edge.x)
FROM tc;
