?- n(x), x > $large.
?- n(x), x = $large.
?- n(x), x <= $marked.
?- n(x), x <= $small.
?(x) :- x = $marked + 1u.
?- n($large).
?- s($quoted).
