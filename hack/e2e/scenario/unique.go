package scenario

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

var uniques atomic.Int64

// Unique returns a word that no other run uses.
func Unique() string {
	return fmt.Sprintf("%d-%d-%d", time.Now().UnixNano(), os.Getpid(), uniques.Add(1))
}
