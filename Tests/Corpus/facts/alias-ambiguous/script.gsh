// Only one of the two fits the place.
?- zone("开发区").
?- park("开发区").
?- in(x, "开发区").
