package caching

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestAnEmptyCache(t *testing.T) {
	d := scenario.Fresh(t)
	p := project(t, 0, scenario.Files{"app.txt": "app\n"})
	first := p.On(d)
	first.RanAll()
	fixed := project(t, 0, scenario.Files{"app.txt": "app\n"})
	fixed.Build.Args = map[string]string{"SOURCE_DATE_EPOCH": "1767225600"}
	fixed.Export = map[string]string{"rewrite-timestamp": "true"}
	firstFixed := fixed.On(d)

	d.Prune(t)
	usage, err := d.Client.DiskUsage(t.Context())
	if err != nil || len(usage) > 0 {
		t.Errorf("the cache still holds %d records, %v", len(usage), err)
	}
	second := p.On(d)
	second.RanAll()
	second.SameContent(first)

	d.Prune(t)
	secondFixed := fixed.On(d)
	secondFixed.RanAll()
	secondFixed.SameImage(firstFixed)
}
