module example.com/outline

go 1.26

require golang.org/x/net v0.58.0
