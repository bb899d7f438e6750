// Package env holds an ordered set of environment variables with the order
// that BuildKit's llb.EnvList gives them: a variable that is set again moves
// to the end. Setting and reading take constant time however many there are.
package env

import (
	"slices"
	"strings"
)

// A List is an ordered set of variables. It has one owner; use Clone to start
// another from it.
type List struct {
	entries []entry
	index   map[string]int
	pairs   []string // what Pairs returned, until the next change
}

type entry struct {
	key, value string
	dead       bool // replaced by a later entry
}

// New returns a list of the KEY=VALUE pairs, in order.
func New(pairs []string) *List {
	l := &List{index: make(map[string]int, len(pairs))}
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
	c := &List{entries: make([]entry, 0, len(l.index)), index: make(map[string]int, len(l.index))}
	for _, e := range l.entries {
		if !e.dead {
			c.append(e.key, e.value)
		}
	}
	return c
}

// Set gives key a value and moves it to the end.
func (l *List) Set(key, value string) {
	l.kill(key)
	l.append(key, value)
	if len(l.entries) > 2*len(l.index)+16 {
		*l = *l.Clone()
	}
}

// Delete removes key.
func (l *List) Delete(key string) {
	l.kill(key)
	delete(l.index, key)
}

// Get returns the value of key and whether it is set.
func (l *List) Get(key string) (string, bool) {
	i, ok := l.index[key]
	if !ok {
		return "", false
	}
	return l.entries[i].value, true
}

// Keys returns the names in order.
func (l *List) Keys() []string {
	keys := make([]string, 0, len(l.index))
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
		l.pairs = make([]string, 0, len(l.index))
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
	l.index[key] = len(l.entries)
	l.entries = append(l.entries, entry{key: key, value: value})
}

func (l *List) kill(key string) {
	l.pairs = nil
	if i, ok := l.index[key]; ok {
		l.entries[i].dead = true
	}
}
