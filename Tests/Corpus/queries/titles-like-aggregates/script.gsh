?(count: count) :- pays(_, _).
?(max: max m) :- pays(_, _, max: m).
?(sum: sum m, x) :- pays(x, _, max: m).
?(n: count : { pays(_, _) }) :- pays("A", "B").
?(count : { pays(_, _) }) :- pays("A", "B").
