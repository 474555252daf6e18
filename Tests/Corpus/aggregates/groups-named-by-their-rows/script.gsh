?- total(s, y, t).
?- best(y, m, s).
// The outer condition asks for more than a group.
?(s, t) :- sold(s, s, _, _), t = sum a : { sold(s, _, _, a) }.
?(s, b, t) :- sold(s, b, _, _), t = sum a : { sold(s, _, _, a) }.
?(s, t) :- sold(s, _, 2023, _), t = sum a : { sold(s, _, _, a) }.
// The aggregate counts fewer rows than there are: its groups may be none.
?(s, t) :- sold(s, _, _, _), t = sum a : { sold(s, "乙", _, a) }.
?(s, n) :- sold(s, _, _, _), n = count : { sold(s, s, _, _) }.
?(y, n) :- sold(_, _, y, _), n = count : { sold(_, _, y, a), a > 4 }.
// No group at all, one group, and a group by a constant.
?(n) :- sold(_, _, _, _), n = count : { sold(_, _, _, _) }.
?(t) :- sold("甲", _, _, _), t = sum a : { sold("甲", _, _, a) }.
?(t) :- sold("丁", _, _, _), t = sum a : { sold("丁", _, _, a) }.
?(s, t) :- sold(s, _, y, _), t = sum a : { sold(s, _, y, a) }, y = 2024.
?(s, t) :- sold(s, _, y, _), t = sum a : { sold(s, _, y, a) }, y = t.
// A condition that names no group, or a part of it, beside one that names groups without rows.
?(x, n) :- other(x), sold(_, _, _, _), n = count : { sold(x, _, _, _) }.
?(x, y, n) :- other(x), sold("甲", _, y, _), sold(_, _, y, _), n = count : { sold(x, _, y, _) }.
// Who shares a buyer is in a group with a row; a value that is not zero says the same, and what the group implies.
?(s, r, n) :- sold(s, b, _, _), sold(r, b, _, _), s < r, n = count : { sold(s, c, _, _), sold(r, c, _, _) }.
?(s, r, n) :- sold(s, b, _, _), sold(r, b, _, _), s < r, n = count : { sold(s, c, _, _), sold(r, c, _, _) }, n >= 2.
?(x, n) :- other(x), n = count : { sold(x, _, _, _) }, n > 0.
?(x, n) :- other(x), n = count : { sold(x, _, _, _) }, n > -1.
?(s, t) :- sold(s, _, _, _), sold(_, s, _, _), t = sum a : { sold(s, s, _, a) }, 0 != t.
?(s, y, n) :- sold(s, _, y, a), a > 4, n = count : { sold(s, _, y, _) }, n = 2.
