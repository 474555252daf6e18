CREATE TABLE sales AS
  SELECT seller, year, sum(amount)::BIGINT AS amount FROM supplies GROUP BY seller, year;
CREATE VIEW volume AS
  SELECT province, trade, count(DISTINCT c.rowid) AS companies, coalesce(sum(amount), 0)::BIGINT AS amount
  FROM company c LEFT JOIN supplies ON seller = name GROUP BY province, trade;
CREATE VIEW growing AS
  SELECT m.seller AS name FROM sales m JOIN sales n ON n.seller = m.seller
  WHERE m.year = 2024 AND n.year = 2023 AND m.amount > 2 * n.amount;
CREATE VIEW local AS
  SELECT DISTINCT seller, buyer FROM supplies
  JOIN company s ON s.name = seller JOIN company b ON b.name = buyer AND b.province = s.province;
CREATE TABLE tainted AS
  FROM blacklisted UNION SELECT buyer FROM supplies JOIN blacklisted ON name = seller;
CREATE VIEW sound AS
  SELECT name, capital FROM company
  WHERE province = '山西' AND trade LIKE '%新%' AND name NOT IN (FROM tainted);
CREATE VIEW largest AS
  SELECT c.province, c.capital, c.name FROM company c
  JOIN (SELECT province, max(capital) AS most FROM company GROUP BY province) m
  ON m.province = c.province AND m.most = c.capital;
