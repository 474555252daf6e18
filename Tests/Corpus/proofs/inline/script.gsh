.why j("A")
.why i("A")
.why first(1)
.whynot i("C")
