package native

import (
	"database/sql/driver"
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// sum is a hash of rows in any order: equal sets of rows, duplicates counted, have equal sums.
type sum struct {
	rows int64
	hash uint64
}

// lines writes rows as LOAD DATA reads them and sums them up: fields end with a tab, lines with a newline, NULL is \N,
// and a backslash takes the meaning from the byte that follows. Different rows make different lines. A long row leaves in
// pieces, so that memory does not depend on it.
type lines struct {
	data  []byte // not handed over yet
	sum   sum
	spill func(data []byte, whole bool) (empty []byte, err error) // takes data of a block's size; whole = it ends with a row

	from   int           // where the current row begins in data
	part   xxhash.Digest // of what has left of the current row
	parted bool          // something has
}

// longLine is how long a row is that may leave in pieces. Blocks end with a row, but for those that hold a long one.
const longLine = blockBytes / 16

// add writes a row.
func (l *lines) add(values []driver.Value) (err error) {
	l.from, l.parted = len(l.data), false
	for i, value := range values {
		if i > 0 {
			l.data = append(l.data, '\t')
		}
		switch v := value.(type) {
		case nil:
			l.data = append(l.data, '\\', 'N')
		case []byte:
			err = l.field(v)
		default:
			l.data, err = appendNumber(l.data, v)
		}
		if err != nil {
			return err
		}
	}
	l.data = append(l.data, '\n')
	l.sum.rows++
	if l.parted {
		_, _ = l.part.Write(l.data[l.from:]) // never fails
		l.sum.hash += l.part.Sum64()
	} else {
		l.sum.hash += xxhash.Sum64(l.data[l.from:])
	}
	if len(l.data) >= blockBytes || l.parted {
		l.data, err = l.spill(l.data, true)
	}
	return err
}

func (l *lines) field(field []byte) (err error) {
	const most = blockBytes / 4
	for len(field) > most {
		l.data = appendEscaped(l.data, field[:most])
		field = field[most:]
		if err := l.cut(); err != nil {
			return err
		}
	}
	l.data = appendEscaped(l.data, field)
	return l.cut()
}

// cut hands over what there is of a long row, if that makes a block.
func (l *lines) cut() (err error) {
	if len(l.data) < blockBytes || !l.parted && len(l.data)-l.from < longLine {
		return nil
	}
	if !l.parted {
		l.part.Reset()
	}
	_, _ = l.part.Write(l.data[l.from:])
	l.from, l.parted = 0, true
	l.data, err = l.spill(l.data, false)
	return err
}

func appendEscaped(line, field []byte) []byte {
	for {
		i := special(field)
		if i < 0 {
			return append(line, field...)
		}
		line = append(line, field[:i]...)
		line = append(line, '\\', field[i])
		field = field[i+1:]
	}
}

// special is the index of the first byte that LOAD DATA takes for more than itself, or -1. It looks at eight bytes at a
// time: x-1 borrows into the high bit only where x is 0.
func special(field []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(field); i += 8 {
		word := binary.LittleEndian.Uint64(field[i:])
		tab, newline, backslash := word^(ones*'\t'), word^(ones*'\n'), word^(ones*'\\')
		if ((tab-ones)&^tab|(newline-ones)&^newline|(backslash-ones)&^backslash)&high != 0 {
			break
		}
	}
	for ; i < len(field); i++ {
		if c := field[i]; c == '\t' || c == '\n' || c == '\\' {
			return i
		}
	}
	return -1
}
