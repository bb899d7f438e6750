module github.com/stratabuild/strata/hack/tools/vuln

go 1.26.8

tool golang.org/x/vuln/cmd/govulncheck

require (
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/telemetry v0.0.0-20261010193011-f71dc92da45e // indirect
	golang.org/x/tools v0.52.0 // indirect
	golang.org/x/vuln v1.9.0 // indirect
)

// The known vulnerabilities, as data: nothing imports it, so "go mod tidy" would drop it.
require golang.org/x/vulndb v0.0.0-20261105234957-e22db6528018
