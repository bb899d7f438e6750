//go:build !race

// It starts no goroutines, and is slow under the race detector.

package insight

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// A randomFile is a Dockerfile that can be edited in many ways.
type randomFile struct {
	stages []randomStage
	files  map[string]file
	images map[string]string
}

type randomStage struct {
	from  string
	lines []string
}

func (f randomFile) clone() randomFile {
	f.stages, f.files, f.images = slices.Clone(f.stages), maps.Clone(f.files), maps.Clone(f.images)
	for i := range f.stages {
		f.stages[i].lines = slices.Clone(f.stages[i].lines)
	}
	return f
}

func (f randomFile) fixture() fixture {
	var b strings.Builder
	for i, s := range f.stages {
		fmt.Fprintf(&b, "FROM %s AS s%d\n%s\n", s.from, i, strings.Join(s.lines, "\n"))
	}
	return fixture{dockerfile: b.String(), files: f.files, images: f.images}
}

// newRandomFile makes a Dockerfile in which each word occurs once.
func newRandomFile(r *rand.Rand) randomFile {
	f := randomFile{files: map[string]file{}, images: map[string]string{"x": "x1 XV=1", "y": "y1"}}
	for i := range 5 {
		f.files[fmt.Sprintf("f%d", i)] = text("1\n")
	}
	for i := range 1 + r.IntN(3) {
		s := randomStage{from: pick(r, "x", "y", "scratch")}
		if i > 0 && r.IntN(3) == 0 {
			s.from = fmt.Sprintf("s%d", r.IntN(i))
		} else if s.from == "scratch" {
			s.lines = []string{"COPY f0 /first"}
		}
		for j := range 1 + r.IntN(6) {
			s.lines = append(s.lines, randomLine(r, i, j))
		}
		f.stages = append(f.stages, s)
	}
	return f
}

func randomLine(r *rand.Rand, stage, n int) string {
	switch r.IntN(9) {
	case 0:
		return fmt.Sprintf("COPY f%d f%d /d%d", r.IntN(5), r.IntN(5), n)
	case 1:
		return "COPY . ."
	case 2:
		return fmt.Sprintf("COPY --link f%d /l", r.IntN(5))
	case 3:
		if stage > 0 {
			return fmt.Sprintf("COPY --from=s%d /a%d .", r.IntN(stage), n)
		}
		return "COPY --from=x /a ."
	case 4:
		return fmt.Sprintf("ENV V%d_%d=1", stage, n)
	case 5:
		if stage > 0 {
			return fmt.Sprintf("RUN --mount=from=s%d,target=/m m%d_%d", r.IntN(stage), stage, n)
		}
	}
	return fmt.Sprintf("RUN r%d_%d", stage, n)
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// An edit changes a Dockerfile, its files or its images. Two edits with the
// same key exclude each other.
type edit struct {
	key   string
	apply func(*randomFile)
	want  Reason // how it is reported, if it counts
}

// edits lists all edits of a Dockerfile.
func (f randomFile) edits(r *rand.Rand) (all []edit) {
	value := fmt.Sprint(r.IntN(1000) + 10)
	for name := range f.files {
		all = append(all, edit{name, func(f *randomFile) { f.files[name] = text(value + "\n") }, Reason{Kind: KindFile, Path: name, Change: Modified}})
		all = append(all, edit{name, func(f *randomFile) { f.files[name] = file{text: "1\n", mode: 0o755} }, Reason{Kind: KindFile, Path: name, Change: Mode}})
	}
	all = append(all, edit{"new", func(f *randomFile) { f.files["new"+value] = text("") }, Reason{Kind: KindFile, Path: "new" + value, Change: Added}})
	for name := range f.images {
		all = append(all, edit{"image " + name, func(f *randomFile) { f.images[name] = name + value + " XV=" + value }, Reason{Kind: KindBase, Name: name}})
	}
	for i, s := range f.stages {
		all = append(all, stageEdits(i, s, value)...)
	}
	slices.SortFunc(all, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.want.Change, b.want.Change))
	})
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// choose leaves out edits of something that another edit changes. The change of
// a variable that only a new step reads is not reported, so these two edits
// exclude each other.
func chooseEdits(edits []edit) (list []edit) {
	keys := map[string]bool{}
	for _, e := range edits {
		added, variable := e.want.Kind == KindStep && e.want.Change == Added, e.want.Kind == KindVariable
		if keys[e.key] || added && keys["variable"] || variable && keys["added"] {
			continue
		}
		keys[e.key] = true
		keys["added"], keys["variable"] = keys["added"] || added, keys["variable"] || variable
		list = append(list, e)
	}
	return list
}

func stageEdits(i int, s randomStage, value string) (all []edit) {
	change := func(key string, want Reason, apply func(lines []string) []string) {
		all = append(all, edit{key, func(f *randomFile) { f.stages[i].lines = apply(f.stages[i].lines) }, want})
	}
	order := fmt.Sprint("order ", i)
	for j, line := range s.lines {
		prefix, name, _ := strings.Cut(line, "=")
		switch {
		case strings.HasPrefix(line, "ENV"):
			change(line, Reason{Kind: KindVariable, Name: strings.TrimPrefix(prefix, "ENV ")}, func(lines []string) []string {
				lines[slices.Index(lines, line)] = prefix + "=" + value
				return lines
			})
		case strings.HasPrefix(line, "RUN") && name == "":
			change(order, Reason{Kind: KindText}, func(lines []string) []string {
				lines[j] += value
				return lines
			})
			change(order, Reason{Kind: KindStep, Change: Removed}, func(lines []string) []string { return slices.Delete(lines, j, j+1) })
		}
		change(order, Reason{Kind: KindStep, Change: Added}, func(lines []string) []string {
			return slices.Insert(lines, j, "RUN new"+value)
		})
		if j > 0 && strings.HasPrefix(line, "RUN r") && strings.HasPrefix(s.lines[j-1], "RUN r") {
			change(order, Reason{Kind: KindStep, Change: Moved}, func(lines []string) []string {
				lines[j], lines[j-1] = lines[j-1], lines[j]
				return lines
			})
		}
	}
	return all
}

func (f randomFile) with(edits []edit) fixture {
	f = f.clone()
	for _, e := range edits {
		e.apply(&f)
	}
	return f.fixture()
}
