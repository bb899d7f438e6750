package scenario

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

var uniques atomic.Int64

// Unique returns a word that no other run uses. It has digits and dashes, so that
// the short form of a command does not show it.
func Unique() string {
	return fmt.Sprintf("%d-%d-%d", time.Now().UnixNano(), os.Getpid(), uniques.Add(1))
}
