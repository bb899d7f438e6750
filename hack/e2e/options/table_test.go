package options

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notRead are rows of the table that BuildKit's frontend does not read, with the
// program that reads them.
var notRead = map[string]string{
	"build-arg:STRATA_CACHE_MOUNTS":   "Only Strata",
	"build-arg:STRATA_WHY":            "Only Strata",
	"build-arg:STRATA_PROFILE":        "Only Strata",
	"build-arg:STRATA_FIX":            "Only Strata",
	"build-arg:STRATA_LOCK":           "Only Strata",
	"build-arg:BUILDKIT_INLINE_CACHE": "The client reads it",
	"build-arg:BUILDKIT_BUILD_NAME":   "The client reads it",
}

// row is a row of the table in docs/options.md.
var row = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.+) \\|$")

// table returns the table: each option and its effect.
func table(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("../../../docs/options.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(string(raw), -1) {
		if _, twice := rows[m[1]]; twice {
			t.Errorf("%s has two rows", m[1])
		}
		rows[m[1]] = m[2]
	}
	return rows
}

// The table has every option that BuildKit reads. It has no other option, unless it
// names the program that reads it.
func TestTableIsComplete(t *testing.T) {
	rows, read := table(t), scanBuildKit(t)
	for _, option := range append(slices.Sorted(maps.Keys(read)), scanStrata(t)...) {
		if rows[option] == "" {
			t.Errorf("the option %s is read, which docs/options.md does not have", option)
		}
	}
	for option, does := range rows {
		if says, ok := notRead[option]; ok {
			if !strings.HasPrefix(does, says) {
				t.Errorf("the row of %s does not say %q", option, says)
			}
			continue
		}
		if !read[option] {
			t.Errorf("docs/options.md has the option %s, which BuildKit does not read", option)
		}
	}
}

// The scan finds each way in which BuildKit's source reads an option.
func TestScan(t *testing.T) {
	read := scanBuildKit(t)
	for _, option := range []string{
		"target", "cpuquota", "frontend.caps", "label:NAME", "context:NAME", "attest:NAME", "build-arg:NAME",
		"build-arg:BUILDKIT_SYNTAX", "build-arg:BUILDKIT_SBOM_SCAN_STAGE", "build-arg:BUILDKIT_ATTEST_NAME",
		"build-arg:SOURCE_DATE_EPOCH", "build-arg:NO_PROXY",
	} {
		if !read[option] {
			t.Errorf("the scan did not find %s", option)
		}
	}
}

// scanStrata finds the options that only Strata reads.
func scanStrata(t *testing.T) (found []string) {
	t.Helper()
	files, err := filepath.Glob("../../../frontend/*/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source (%v)", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(STRATA_\w+)"`).FindAllStringSubmatch(string(raw), -1) {
			found = append(found, "build-arg:"+m[1])
		}
	}
	return found
}

// Every row has a test.
func TestTableIsTried(t *testing.T) {
	tried := map[string]bool{}
	for _, option := range triedOptions() {
		tried[option] = true
	}
	for option := range table(t) {
		if !tried[option] {
			t.Errorf("no test tries the option %s", option)
		}
		delete(tried, option)
	}
	for option := range tried {
		t.Errorf("the option %s is tried, but not in docs/options.md", option)
	}
}
