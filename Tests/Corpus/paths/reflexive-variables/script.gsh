// Free ends: over the nodes that part_of touches.
?- part_of*(x, y).
?- zone(x), part_of*(x, y).
?- !part_of+("z", "p").
?- part_of*(x, "alone").
