CREATE TABLE sg AS
WITH RECURSIVE sg(x, y) AS (
  SELECT a.y, b.y FROM parent a JOIN parent b ON a.x = b.x WHERE a.y != b.y
  UNION
  SELECT a.y, b.y FROM sg JOIN parent a ON a.x = sg.x JOIN parent b ON b.x = sg.y)
FROM sg;
