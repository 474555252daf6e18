?(x) :- reading(x, v: v), v > 2.0 order by x.
?(best: max v) :- reading(_, v: v).
?(x, v) :- reading(x, v: v) order by v.
