?- `http://x/knows`(x, y).
?- `count`(x).
