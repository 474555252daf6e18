// Mistakes of commands that have only names stand where the command does.
.merge "a" into "b"
.merge "a" into "c"
.split "a"
.rename "a" to "b"
