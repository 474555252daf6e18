// Lengths and places count Unicode characters, not bytes.
?(v, n) :- s(v), n = strlen(v).
?(v, t) :- s(v), t = substr(v, 2, 2).
?(t) :- t = cat("祁县", "经济", "开发区").
?(v) :- s(v), contains("经济", v).
?(v) :- s(v), !contains("经济", v).
?(v) :- s(v), match("..经.*", v).
?(v) :- s(v), match("[a-c]{3}", v).
?(n) :- n = to_number("-42") + 2.
?(t) :- t = to_string(7 * 6).
?(t) :- s(v), t = substr(v, 5, 100).
?(t) :- t = substr("abc", 9, 1).
?(a, b) :- a = min("乙", "甲"), b = max("a", "b").
