CREATE TABLE distance AS
WITH RECURSIVE distance(x, d) USING KEY (x) AS (
  SELECT x, 0::BIGINT FROM start
  UNION
  SELECT road.y, min(distance.d + road.length)
  FROM distance JOIN road ON road.x = distance.x
  LEFT JOIN recurring.distance known ON known.x = road.y
  WHERE known.d IS NULL OR distance.d + road.length < known.d
  GROUP BY road.y)
FROM distance;
