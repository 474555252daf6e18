?(n) :- n = count : { v(_, _) }.
?(s) :- s = sum n : { v("a", n) }.
?(s) :- s = min n : { v(_, n) }.
?(s) :- s = max n : { v(_, n) }.
?(s) :- s = mean n : { v("a", n) }.
?(s) :- s = sum x : { f(x) }.
?(s) :- s = min g : { v(g, _) }.
?(g, n) :- group(g), n = count : { v(g, _) }.
?(g, s) :- group(g), s = sum n : { v(g, n) }.
// Nothing to take the least, greatest or mean of: no row.
?(g, s) :- group(g), s = min n : { v(g, n) }.
?(g, s) :- group(g), s = max n : { v(g, n) }.
?(g, s) :- group(g), s = mean n : { v(g, n) }.
?(s) :- s = max n : { v("c", n) }.
?(n, s) :- n = count : { v("c", _) }, s = sum m : { v("c", m) }.
