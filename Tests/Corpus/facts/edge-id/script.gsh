// The same edge, twice in a body.
?(v) :- measured(z, i, value: v, id: e), !measured(z, i, planned: true, id: e).
?(v) :- measured(z, i, value: v, id: e), !measured(z, i, planned: _, id: e).
?(v) :- measured(z, i, value: v), !measured(z, i, planned: true).
