package pipe

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// sink receives what a scanner lets through.
type sink interface {
	// announce says that the rows of a table follow, if it has any.
	announce(table string)
	// statement starts an INSERT into a table; head is `INSERT INTO … VALUES`.
	statement(table string, head []byte) error
	// values is the next part of the statement.
	values(part []byte) error
	// end follows the last part of a statement with the number of its rows.
	end(rows int64) error
}

// scanner reads the output of mysqldump in pieces of any size and lets only INSERT statements through: session
// settings are ours, comments are dropped because their text comes from the server, and anything else is an error.
// Within the VALUES it allows literals only, so that no statement can carry a comment or a client command.
type scanner struct {
	to       sink
	state    state
	head     []byte // of the statement that is being recognised
	comment  []byte // start of the comment line being read
	rows     int64  // in the current statement
	complete bool   // the trailer was seen and nothing but space after it
}

type state int

const (
	between      state = iota
	lineComment        // -- to the end of the line
	slash              // a slash that must start a comment
	blockComment       // to */, executable or not
	blockStar          // after a * in it
	heading            // a statement whose kind is not known yet
	headIdent          // within `…` of a heading
	skipping           // a statement that is dropped
	skipString         // within '…' of it
	skipEscape         //
	list               // VALUES, outside of a tuple
	tuple              //
	text               // within '…' of a tuple
	textEscape         // after a backslash in it
)

const (
	maxHead = 1 << 20 // 4096 columns of 64 characters fit
	trailer = "-- Dump completed"

	maxComment = len(announcement) + 2 + 2*4*64 // a quoted name of 64 characters
)

// errUnexpected is in the chain of every refusal of the scanner.
type errUnexpected struct{ what string }

func (e errUnexpected) Error() string { return "unexpected content in the dump: " + e.what }

// class sorts the bytes that may stand in a tuple outside of strings.
var class = func() (c [256]byte) {
	for _, b := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-._, \n") {
		c[b] = 1
	}
	return c
}()

// feed reads the next piece.
func (s *scanner) feed(b []byte) error {
	start := 0 // of what belongs to the current statement's values
	for i := 0; i < len(b); {
		var err error
		switch s.state {
		case text:
			i = s.inText(b, i)
		case textEscape:
			s.state, i = text, i+1
		case tuple:
			i, err = s.inTuple(b, i)
		case list:
			var ended bool
			ended, err = s.inList(b[i])
			i++
			if ended && err == nil {
				err = s.finish(b[start:i])
			}
		default:
			i, err = s.outside(b, i)
			start = i
		}
		if err != nil {
			return err
		}
	}
	if start < len(b) && s.inValues() {
		return s.to.values(b[start:])
	}
	return nil
}

func (s *scanner) inValues() bool { return s.state >= list }

func (s *scanner) finish(part []byte) error {
	s.state = between
	if err := s.to.values(part); err != nil {
		return err
	}
	return s.to.end(s.rows)
}

// inText returns where the string ends or the piece does.
func (s *scanner) inText(b []byte, i int) int {
	quote := bytes.IndexByte(b[i:], '\'')
	if quote < 0 {
		quote = len(b) - i
	}
	quote += i
	for {
		escape := bytes.IndexByte(b[i:quote], '\\')
		if escape < 0 {
			break
		}
		i += escape + 1
		if i == len(b) {
			s.state = textEscape
			return i
		}
		i++
		if i > quote { // it was this quote that was escaped
			next := bytes.IndexByte(b[i:], '\'')
			if next < 0 {
				next = len(b) - i
			}
			quote = i + next
		}
	}
	if quote == len(b) {
		return quote
	}
	s.state = tuple // a doubled quote opens the next string at once, which comes to the same
	return quote + 1
}

func (s *scanner) inTuple(b []byte, i int) (int, error) {
	for ; i < len(b); i++ {
		c := b[i]
		if class[c] == 1 {
			continue
		}
		switch c {
		case '\'':
			s.state = text
		case ')':
			s.state = list
		default:
			return i, errUnexpected{fmt.Sprintf("character %q in a row", c)}
		}
		return i + 1, nil
	}
	return i, nil
}

func (s *scanner) inList(c byte) (ended bool, err error) {
	switch c {
	case '(':
		s.rows++
		s.state = tuple
	case ';':
		return true, nil
	case ',', ' ', '\n':
	default:
		return false, errUnexpected{fmt.Sprintf("character %q between rows", c)}
	}
	return false, nil
}

// outside handles everything that is not VALUES and returns where it goes on.
func (s *scanner) outside(b []byte, i int) (int, error) {
	c := b[i]
	switch s.state {
	case between:
		return i + 1, s.begin(c)
	case lineComment:
		if end := bytes.IndexByte(b[i:], '\n'); end >= 0 {
			s.note(b[i : i+end])
			s.complete = bytes.HasPrefix(s.comment, []byte(trailer))
			if name, ok := strings.CutPrefix(string(s.comment), announcement+"`"); ok {
				s.to.announce(strings.ReplaceAll(strings.TrimSuffix(name, "`"), "``", "`"))
			}
			s.state = between
			return i + end + 1, nil
		}
		s.note(b[i:])
		return len(b), nil
	case slash:
		if c != '*' {
			return i, errUnexpected{"a statement that starts with a slash"}
		}
		s.state = blockComment
	case blockComment:
		if c == '*' {
			s.state = blockStar
		}
	case blockStar:
		switch c {
		case '/':
			s.state = between
		case '*':
		default:
			s.state = blockComment
		}
	case heading, headIdent:
		return i + 1, s.heading(c)
	case skipping:
		switch c {
		case '\'':
			s.state = skipString
		case ';':
			s.state = between
		}
	case skipString:
		switch c {
		case '\'':
			s.state = skipping
		case '\\':
			s.state = skipEscape
		}
	case skipEscape:
		s.state = skipString
	}
	return i + 1, nil
}

// begin looks at the first character after a statement or comment.
func (s *scanner) begin(c byte) error {
	switch c {
	case ' ', '\n', '\r', '\t', ';':
		return nil
	case '-', '#':
		s.state, s.comment = lineComment, append(s.comment[:0], c)
		return nil
	}
	s.complete = false
	switch {
	case c == '/':
		s.state = slash
	case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
		s.state, s.head = heading, append(s.head[:0], c)
	default:
		return errUnexpected{fmt.Sprintf("a statement that starts with %q", c)}
	}
	return nil
}

func (s *scanner) note(line []byte) {
	if room := maxComment - len(s.comment); room > 0 {
		s.comment = append(s.comment, line[:min(room, len(line))]...)
	}
}

// heading takes one more character of a statement until it is clear what it is.
func (s *scanner) heading(c byte) error {
	s.head = append(s.head, c)
	switch {
	case len(s.head) > maxHead:
		return errUnexpected{"a statement without values"}
	case c == '`' && s.state == heading:
		s.state = headIdent
	case c == '`':
		s.state = heading
	case s.state == headIdent:
	case c == 'S' && bytes.HasSuffix(s.head, []byte(" VALUES")):
		return s.insert()
	case c == ' ' || c == ';':
		switch word, _, _ := strings.Cut(string(s.head[:min(len(s.head), 16)]), " "); strings.ToUpper(strings.TrimSuffix(word, ";")) {
		case "INSERT":
			if c == ';' {
				return errUnexpected{"an INSERT without values"}
			}
		case "SET", "COMMIT", "START", "BEGIN", "LOCK", "UNLOCK":
			s.state = skipping
			if c == ';' {
				s.state = between
			}
		default:
			return errUnexpected{"a statement other than INSERT"}
		}
	}
	return nil
}

// insertForm is the head of an INSERT whose names are left out.
var insertForm = regexp.MustCompile("^INSERT INTO ``( \\((``[, ]*)+\\))? VALUES$")

// insert starts the statement whose head has been read. Between its names it has nothing that could be a comment.
func (s *scanner) insert() error {
	var names [][]byte
	var form []byte
	for i := 0; i < len(s.head); i++ {
		form = append(form, s.head[i])
		if s.head[i] != '`' {
			continue
		}
		var name []byte
		for i++; s.head[i] != '`' || s.head[i+1] == '`'; i++ { // every name has its end, or VALUES would be part of it
			if s.head[i] == '`' {
				i++
			}
			name = append(name, s.head[i])
		}
		names, form = append(names, name), append(form, '`')
	}
	if !insertForm.Match(form) {
		return errUnexpected{"an INSERT of an unknown form"}
	}
	s.state, s.rows = list, 0
	return s.to.statement(string(names[0]), s.head)
}
