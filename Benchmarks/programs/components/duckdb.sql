CREATE TABLE component AS
WITH RECURSIVE component(x, least) USING KEY (x) AS (
  SELECT DISTINCT x, x FROM edge
  UNION
  SELECT edge.y, min(component.least)
  FROM component JOIN edge ON edge.x = component.x
  JOIN recurring.component known ON known.x = edge.y
  WHERE component.least < known.least
  GROUP BY edge.y)
FROM component;
