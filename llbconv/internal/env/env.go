// Package env holds an ordered set of environment variables. The order is that
// of BuildKit's llb.EnvList: a variable that is set again moves to the end.
// Setting and reading take constant time.
package env

import (
	"slices"
	"strings"
)

// A List is an ordered set of variables. Each List has one owner; Clone copies
// it.
type List struct {
	entries []entry
	live    int // entries that are not dead
	// index holds the position of each variable. A short list has none, and is
	// searched.
	index map[string]int
	pairs []string // the result of Pairs, until the next change
}

// maxSearched is the length of the longest list without an index.
const maxSearched = 16

type entry struct {
	key, value string
	dead       bool // replaced by a later entry
}

// New returns a list of the KEY=VALUE pairs, in order.
func New(pairs []string) *List {
	l := &List{}
	if len(pairs) > maxSearched {
		l.entries = make([]entry, 0, len(pairs))
	}
	for _, pair := range pairs {
		l.Set(Split(pair))
	}
	return l
}

// Split cuts KEY=VALUE at the first equals sign.
func Split(pair string) (key, value string) {
	key, value, _ = strings.Cut(pair, "=")
	return key, value
}

// Clone returns an independent copy.
func (l *List) Clone() *List {
	c := &List{}
	if l.live > maxSearched {
		c.entries = make([]entry, 0, l.live)
	}
	for _, e := range l.entries {
		if !e.dead {
			c.append(e.key, e.value)
		}
	}
	return c
}

// Set gives key a value and moves it to the end.
func (l *List) Set(key, value string) {
	l.remove(key)
	l.append(key, value)
	if len(l.entries) > 2*l.live+maxSearched {
		*l = *l.Clone()
	}
}

// Delete removes key.
func (l *List) Delete(key string) { l.remove(key) }

// Get returns the value of key and whether it is set.
func (l *List) Get(key string) (string, bool) {
	i := l.find(key)
	if i < 0 {
		return "", false
	}
	return l.entries[i].value, true
}

// Keys returns the names in order.
func (l *List) Keys() []string {
	keys := make([]string, 0, l.live)
	for _, e := range l.entries {
		if !e.dead {
			keys = append(keys, e.key)
		}
	}
	return keys
}

// Pairs returns the variables as KEY=VALUE, in order. The slice is shared and
// must not be changed.
func (l *List) Pairs() []string {
	if l.pairs == nil {
		l.pairs = make([]string, 0, l.live)
		for _, e := range l.entries {
			if !e.dead {
				l.pairs = append(l.pairs, e.key+"="+e.value)
			}
		}
	}
	return l.pairs
}

// Sorted returns the names in alphabetical order.
func (l *List) Sorted() []string {
	keys := l.Keys()
	slices.Sort(keys)
	return keys
}

func (l *List) append(key, value string) {
	l.pairs = nil
	if l.entries == nil {
		l.entries = make([]entry, 0, maxSearched/2)
	}
	l.entries = append(l.entries, entry{key: key, value: value})
	l.live++
	if l.index != nil {
		l.index[key] = len(l.entries) - 1
	} else if len(l.entries) > maxSearched {
		l.index = make(map[string]int, 2*len(l.entries))
		for i, e := range l.entries {
			if !e.dead {
				l.index[e.key] = i
			}
		}
	}
}

func (l *List) remove(key string) {
	l.pairs = nil
	if i := l.find(key); i >= 0 {
		l.entries[i].dead = true
		l.live--
		delete(l.index, key)
	}
}

// find returns the position of a variable, -1 if it is not set.
func (l *List) find(key string) int {
	if l.index != nil {
		if i, ok := l.index[key]; ok {
			return i
		}
		return -1
	}
	return slices.IndexFunc(l.entries, func(e entry) bool { return !e.dead && e.key == key })
}
