package record

import "testing"

func TestRecord(t *testing.T) {
	r := Record{Calls: []Call{{"Ping", 1}, {"Solve", 2}, {"ReadFile", 3}, {"Solve", 4}, {"Return", 5}}}
	if r.Connected() != 1 || r.Submitted() != 4 {
		t.Errorf("connected after %d, submitted after %d", r.Connected(), r.Submitted())
	}
	if none := (Record{}); none.Connected() != 0 || none.Submitted() != 0 {
		t.Error("a frontend that called nothing has times")
	}
}
