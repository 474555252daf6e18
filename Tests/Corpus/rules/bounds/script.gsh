?- inside(s, e).
?- strictly(s, e).
?- following(s, e).
?- near(s, e).
?- weighted(l, e), l != "低".
?- later(a, b).
?- beyond(a).
?- above(a), a = "大同1".
?- coded(a, b).
?- counted(s, n).
?- none(s).
