// The largest number of members of a zone.
?(m) :- m = max n : { zone(z), n = count : { in(_, z) } }.
?(z) :- zone(z), n = count : { in(_, z) }, n = max m : { zone(y), m = count : { in(_, y) } }.
?(s) :- s = sum n : { zone(z), n = count : { in(x, z) } }.
