package advice

// aptCaches are the cache mounts of apt's packages and lists.
const aptCaches = "--mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked"

// keepPackages turns off the cleanup that images of Debian and Ubuntu do after each
// install.
const keepPackages = "rm -f /etc/apt/apt.conf.d/docker-clean"

// aptFindings finds steps of apt without a cache, in stages that are not part of
// the result. In the result the lists should be removed: see ListsNotRemoved. needed is
// set if a later stage may need the lists.
func (v *view) aptFindings(s stage, needed bool) (found []Finding) {
	apt := listKeepers[0]
	if s.shipped || s.leaf {
		return nil
	}
	used := apt.usedLater(s, needed)
	for i, st := range s.steps {
		if !st.keepsLists(apt) || st.hasCacheMount() || st.script.any(isCleanup) || used[i] {
			continue
		}
		verb := "upgrade"
		if st.script.any(func(c call) bool { return c.packages() == "install" }) {
			verb = "install"
		}
		found = append(found, Finding{
			Message: "apt-get " + verb + " has no cache mount: each run of the step begins without what earlier ones downloaded",
			Hint:    "add " + aptCaches + " and begin with " + keepPackages,
			Range:   st.Range(),
			Edits:   v.addAptCache(s, st),
		})
	}
	return found
}

func (v *view) addAptCache(s stage, st *step) []Edit {
	flags, ok := v.addFlag(st.Instruction, aptCaches)
	command, alsoOK := v.prepend(st.Instruction, keepPackages)
	root := caches{dirs: []string{"/var/lib/apt", "/var/cache/apt", "/etc/apt"}}
	if !ok || !alsoOK || !st.script.isChain() || !st.script.isPlain() || !st.before.isRoot() || v.copiedFrom(s, root) {
		return nil
	}
	return []Edit{flags, command}
}
