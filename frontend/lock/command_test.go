package lock

import (
	"strings"
	"testing"
)

// The commands name the Dockerfile, and what decides the names in it. They keep the
// lines for other values.
func TestCommands(t *testing.T) {
	options := []string{"--build-arg", "--platform"}
	const command = "docker buildx build --call=lock "
	for _, c := range []struct {
		of            Dockerfile
		write, update string
	}{
		{Dockerfile{Name: "Dockerfile"}, ". > Dockerfile.lock", ". > Dockerfile.lock"},
		{Dockerfile{Name: "Dockerfile", Options: options}, ". > Dockerfile.lock", ". > Dockerfile.lock"},
		{Dockerfile{Name: "docker/web.Dockerfile"}, "-f docker/web.Dockerfile . > docker/web.Dockerfile.lock", "-f docker/web.Dockerfile . > docker/web.Dockerfile.lock"},
		{Dockerfile{Name: "Dockerfile", Variable: true}, ". > Dockerfile.lock", ". > Dockerfile.lock.new && mv Dockerfile.lock.new Dockerfile.lock"},
		{
			Dockerfile{Name: "web", Variable: true, Options: options},
			"-f web . > web.lock, with the same --build-arg and --platform",
			"-f web . > web.lock.new && mv web.lock.new web.lock, with the same --build-arg and --platform",
		},
	} {
		if got := c.of.Write(); got != command+c.write {
			t.Errorf("%v is written with %q", c.of, got)
		}
		if got := c.of.Update(); got != command+c.update {
			t.Errorf("%v is updated with %q", c.of, got)
		}
	}
}

// All messages have the command.
func TestCommandInMessages(t *testing.T) {
	d := Dockerfile{Name: "docker/web", Variable: true, Options: []string{"--platform"}}
	_, diags := Parse(d, []byte("{"))
	if len(diags) != 1 || !strings.HasPrefix(diags[0].Message, "web.lock:1: ") || diags[0].Hint != "write the file again with "+d.Write() {
		t.Errorf("the error is %v", diags)
	}
	l := New(d, nil)
	if got := l.Missing("alpine", "").Text(); got != "alpine is not in web.lock (write it with "+d.Update()+")" {
		t.Errorf("the warning is %q", got)
	}
	text := Compare(d, l, []Source{found(busybox, "busybox", digestA, 3)}, nil).Text()
	for _, want := range []string{"web.lock has 1 difference.", "busybox (web:3)", "\nUpdate it with " + d.Update() + "\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the check lacks %q:\n%s", want, text)
		}
	}
}
