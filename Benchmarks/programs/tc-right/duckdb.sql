CREATE TABLE tc AS
WITH RECURSIVE tc(x, y) AS (
  FROM edge UNION SELECT edge.x, tc.y FROM tc JOIN edge ON edge.y = tc.x)
FROM tc;
