// Command hello says for which platform it was built, and from which commit.
package main

import "runtime"

var commit = "unknown"

func main() {
	println("hello from "+runtime.GOOS+"/"+runtime.GOARCH+", commit", commit)
}
