package lock

import (
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func imageGone(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, "FROM HOST/team/gone:1\n")
	repository := m.registry.Host + "/team/gone"
	version := scenario.Unique() // an image that is new to the daemons
	sum := push(t, repository+":1", version, "amd64")
	m.lock(d)
	m.holds(d, scenario.Files{"version": version})
	must(t, crane.Delete(repository+"@"+sum, crane.Insecure))
	push(t, repository+":1", "2\n", "amd64")
	m.holds(d, scenario.Files{"version": version})
	if _, err := m.Try(scenario.Shared(t)); err == nil || !strings.Contains(err.Error(), "Dockerfile.lock:2 pins it to "+sum) {
		t.Errorf("on a builder that does not have the image: %v", err)
	}
}
