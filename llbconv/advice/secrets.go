package advice

import (
	"cmp"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

var secretWithoutKey = Check{
	Name:        "SecretWithoutKey",
	Description: "A step that writes a secret into the result does not run again when the secret changes",
	find:        findSecretWithoutKey,
}

// settings matches the names of secrets that are settings of the program, as
// opposed to credentials that are needed to download something.
var settings = lazily(`(?i)^(\.env(\.\w+)?|dot_?env|[\w-]+\.env|env(_?file)?|appsettings(\.\w+)?\.json|(app|application)[-_.]?(config|settings)(\.\w+)?|config\.(json|ya?ml|toml|js|php)|settings\.(json|ya?ml|toml|py|php)|application(-\w+)?\.(properties|ya?ml)|google-services\.json|license(\.\w+)?)$`)

// findSecretWithoutKey finds secrets that are settings of the built program.
func findSecretWithoutKey(v *view) (found []Finding) {
	v.needed(func(s stage) {
		for _, st := range s.steps {
			if st.run == nil || st.Flags.fresh() {
				continue
			}
			for _, m := range st.mounts() {
				if m.kind != "secret" || !isSettings(m) {
					continue
				}
				found = append(found, Finding{
					Message: "the step does not run again when the secret " + secretName(m) + " changes: the result keeps the old one",
					Hint:    "add a key that changes with it, as in # strata=cache-key=$REVISION above the instruction",
					Range:   st.Range(),
				})
				break
			}
		}
	})
	return found
}

func isSettings(m mount) bool {
	return settings().MatchString(path.Base(m.target)) || settings().MatchString(m.id)
}

func secretName(m mount) string { return cmp.Or(m.id, path.Base(m.target)) }

var secretInLayer = Check{
	Name:        "SecretInLayer",
	Description: "A file that looks like a secret is copied into the result with everything else",
	find:        findSecretInLayer,
}

// secretPatterns match the files that may hold secrets.
var secretPatterns = []string{
	"**/.env", "**/.env.local", "**/.env.production", "**/.env.prod", "**/id_rsa", "**/id_ecdsa", "**/id_ed25519", "**/id_dsa",
	"**/.npmrc", "**/.git-credentials", "**/.netrc", "**/.pgpass", "**/*.pem",
}

// testData matches directories whose files are not secret.
var testData = lazily(`(?i)(^|/)(tests?|__tests__|testdata|test-?data|fixtures?|examples?|samples?|docs?|mocks?|specs?|node_modules|vendor|third_party)/`)

// findSecretInLayer finds secrets among the files of a whole context that is copied
// into the result.
func findSecretInLayer(v *view) (found []Finding) {
	v.needed(func(s stage) {
		for _, st := range s.steps {
			if _, whole := st.copiesContext(); !whole || !s.shipped {
				continue
			}
			files, ok := v.files()
			secrets := slices.DeleteFunc(files.secrets(), v.names)
			if ok && len(secrets) > 0 {
				found = append(found, Finding{
					Message: "the whole context is copied, and " + enumerate(firstNames(secrets)) + " with it: what looks like a secret is in a layer of the image",
					Hint:    "add it to .dockerignore",
					Range:   st.Range(),
				})
			}
			return
		}
	})
	return found
}

// names reports whether an instruction names a file, which is needed then.
func (v *view) names(file string) bool {
	mention := regexp.MustCompile(`(^|[^\w.-])` + regexp.QuoteMeta(path.Base(file)) + `($|[^\w.-])`)
	return slices.ContainsFunc(v.stages, func(s stage) bool {
		return slices.ContainsFunc(s.steps, func(st *step) bool { return mention.MatchString(codeOf(st)) })
	})
}

const maxNames = 4

func firstNames(names []string) []string {
	if len(names) <= maxNames {
		return names
	}
	return append(slices.Clone(names[:maxNames]), "others")
}

// secrets returns the files that look like secrets.
func (f Files) secrets() (list []string) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if !testData().MatchString(name) && isSecret(path.Base(name), f[name]) {
			list = append(list, name)
		}
	}
	return list
}

func isSecret(name, content string) bool {
	switch name {
	case ".env", ".env.local", ".env.production", ".env.prod", "id_rsa", "id_ecdsa", "id_ed25519", "id_dsa", ".git-credentials", ".netrc", ".pgpass":
		return true
	case ".npmrc":
		return npmToken().MatchString(content)
	}
	return strings.HasSuffix(name, ".pem") && strings.Contains(content, "PRIVATE KEY")
}

// npmToken matches a literal token.
var npmToken = lazily(`(?m)(_authToken|_auth|_password)\s*=\s*"?[^\s"$]`)
