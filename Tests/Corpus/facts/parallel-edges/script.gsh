?- measured(z, i).
?(n) :- n = count : { measured(_, _, value: _) }.
?(n) :- n = count : { measured(_, _) }.
?(s) :- s = sum v : { measured(_, _, value: v) }.
?(z, s) :- measured(z, _), s = sum v : { measured(z, _, value: v) }.
