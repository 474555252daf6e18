// What has facts of its own becomes no alias of several.
alias("开发区", "东区"). alias("开发区", "西区").
// Of one it may: the facts go there.
alias("开发区", "东区").
?- at(x, y).
alias("开发区", "西区").
at("乙", "开发区").
?- at(x, y).
.rename "东区" to "开发区"
