// The distinct bindings of what both alternatives have.
?(n) :- n = count : { a(x) ; b(x) }.
