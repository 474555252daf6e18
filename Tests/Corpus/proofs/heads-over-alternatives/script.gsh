.why total("A", 6)
.why small("A")
