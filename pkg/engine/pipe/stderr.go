package pipe

import (
	"bufio"
	"errors"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// lastError keeps the first error that a program wrote, without row data: clients repeat whole statements on stderr,
// and messages quote values.
type lastError struct {
	done   chan struct{}
	number int    // MySQL error number, 0 if unknown
	text   string // the message up to its first quoted value
	ignore bool   // the program said that it ignores its option file
}

var (
	loadError = regexp.MustCompile(`^ERROR (\d+) \((\w{5})\)(?: at line \d+)?: ([^'"]*)`)
	dumpError = regexp.MustCompile(`^\S*(?:mysqldump|mariadb-dump)(?:\.\S*)?: (.*)`)
	anyNumber = regexp.MustCompile(`(?:error: |Error:? |\()(\d{4})\b`)
)

// readErrors reads until the program closes its stderr; the file is closed then.
func readErrors(from *os.File) *lastError {
	e := &lastError{done: make(chan struct{})}
	go func() {
		defer close(e.done)
		defer from.Close()
		lines := bufio.NewReaderSize(from, 4096)
		for {
			line, err := lines.ReadSlice('\n')
			e.note(string(line))
			for errors.Is(err, bufio.ErrBufferFull) { // the rest of a long line is of no interest
				_, err = lines.ReadSlice('\n')
			}
			if err != nil {
				_, _ = io.Copy(io.Discard, from)
				return
			}
		}
	}()
	return e
}

func (e *lastError) note(line string) {
	if strings.Contains(line, "is ignored") {
		e.ignore = true
	}
	if e.text != "" {
		return
	}
	if m := loadError.FindStringSubmatch(line); m != nil {
		e.number, _ = strconv.Atoi(m[1])
		e.text = "error " + m[1] + " (" + m[2] + "): " + strings.TrimSpace(m[3])
		return
	}
	m := dumpError.FindStringSubmatch(line)
	if m == nil || strings.Contains(line, "[Warning]") || strings.Contains(line, "Deprecated program name") {
		return
	}
	e.text = strings.TrimSpace(m[1])
	if len(e.text) > 300 {
		e.text = e.text[:300]
	}
	if n := anyNumber.FindStringSubmatch(line); n != nil {
		e.number, _ = strconv.Atoi(n[1])
	}
}
