-- The demand written by hand: SQL does not find it.
CREATE TABLE answer AS
WITH RECURSIVE answer(x) AS (
  SELECT parent.x FROM parent JOIN ask ON parent.y = ask.y
  UNION SELECT parent.x FROM answer JOIN parent ON parent.y = answer.x)
FROM answer;
