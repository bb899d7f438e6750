package ops

import "fmt"

// A SizeError is the error of a definition with more bytes than the caller
// allows. It says what most of them are. The definition is not completed.
type SizeError struct {
	// Limit is the number of bytes that the ops may have.
	Limit int
	usage usage
}

// Error names the largest part and what to do about it.
func (e *SizeError) Error() string {
	const start = "the build is too large to send to BuildKit: the graph has more than %d MB"
	u := e.usage
	switch megabytes := e.Limit >> 20; {
	case u.env > e.Limit/2:
		return fmt.Sprintf(start+", most of it the environment, which is repeated in each of %d or more RUN instructions (declare ENV and ARG in the stages that use them, or set variables in the commands)", megabytes, u.commands)
	case u.text > e.Limit/2:
		return fmt.Sprintf(start+", most of it here-documents and command lines (put large here-documents into files of the build context, and COPY those)", megabytes)
	default:
		return fmt.Sprintf(start+" (build some of its stages separately)", megabytes)
	}
}

// usage counts the bytes of ops by their purpose.
type usage struct {
	all, env, text int
	commands       int
}

func (u *usage) add(other usage) {
	u.all += other.all
	u.env += other.env
	u.text += other.text
	u.commands += other.commands
}

func lengths(texts []string) int {
	n := 0
	for _, t := range texts {
		n += len(t)
	}
	return n
}
