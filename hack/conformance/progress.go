package conformance

import (
	"strings"
	"sync"
	"time"
)

// progress tells on the way how a run is doing.
type progress struct {
	suite     *Suite
	subject   string
	options   Options
	collector *collector

	mu            sync.Mutex
	ended, failed int
	done          chan struct{}
}

func newProgress(s *Suite, subject Subject, o Options) *progress {
	p := &progress{suite: s, subject: subject.Name, options: o, done: make(chan struct{})}
	p.collector = &collector{
		outcome: &Outcome{Tests: map[string]Verdict{}, Reasons: map[string]string{}, When: time.Now()},
		output:  map[string]*strings.Builder{},
		ended:   p.end,
	}
	s.printf("%s: running the suite ...", p.subject)
	go p.tick()
	return p
}

func (p *progress) stop() { close(p.done) }

func (p *progress) tick() {
	t := time.NewTicker(15 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-p.done:
			return
		case now := <-t.C:
			p.mu.Lock()
			p.suite.printf("%s: %d tests ended, %d failed, %.0f s", p.subject, p.ended, p.failed, now.Sub(p.collector.outcome.When).Seconds())
			p.mu.Unlock()
		}
	}
}

func (p *progress) end(name string, v Verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended++
	if v == Fail {
		p.failed++
	}
	unexpected := p.options.Expected != nil && p.options.Expected.Tests[name] != v
	if !p.options.Verbose && !unexpected {
		return
	}
	note := ""
	if unexpected {
		note = ", the reference: " + string(p.options.Expected.Tests[name])
	}
	p.suite.printf("%s: %s %s%s", p.subject, v, name, note)
}
