package advice

import (
	"path"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

var copyBeforeInstall = Check{
	Name:        "CopyBeforeInstall",
	Description: "Sources that are copied before dependencies are installed make each edit install them again",
	Run:         findCopyBeforeInstall,
}

func findCopyBeforeInstall(b Build) (found []Finding) {
	b.needed(func(s Stage) {
		var whole *Instruction
		for i, in := range s.Instructions {
			if copied, ok := in.Command.(*instructions.CopyCommand); ok && copiesContext(copied) {
				whole = &s.Instructions[i]
			}
			sc, ok := b.scriptOf(s, in)
			if whole == nil || !ok || len(sc.calls) == 0 || !sc.calls[0].is("npm", "ci") {
				continue
			}
			found = append(found, Finding{
				Message: "npm ci runs again after each edit: it needs only the manifests",
				Hint:    "copy package.json and its lock file first, then install, then copy the rest",
				Range:   whole.Range(),
			})
			whole = nil
		}
	})
	return found
}

// copiesContext reports whether a COPY takes the whole build context.
func copiesContext(c *instructions.CopyCommand) bool {
	return c.From == "" && len(c.SourcePaths) == 1 && path.Clean("/"+c.SourcePaths[0]) == "/"
}
