?- n(x), x < 3.
?- n(x), x <= 3.
?- n(x), x > 0.
?- n(x), x >= 10.
?- n(x), x != 0, x != 3.
?- n(x), x = 3.
// By code point: 乙 is U+4E59, 甲 is U+7532.
?- s(x), x < "乙".
?- s(x), s(y), x > y, y >= "b".
