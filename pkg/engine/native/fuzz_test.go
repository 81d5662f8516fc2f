package native

import (
	"bytes"
	"database/sql/driver"
	"encoding/hex"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// line encodes a row as LOAD DATA reads it.
func line(t *testing.T, values ...driver.Value) []byte {
	t.Helper()
	var l lines
	var encoded []byte
	l.spill = func(data []byte, _ bool) ([]byte, error) {
		encoded = append(encoded, data...)
		return nil, nil
	}
	require.NoError(t, l.add(values))
	return append(encoded, l.data...)
}

// fields reads a line back by the rules of LOAD DATA; nil is NULL.
func fields(t *testing.T, line []byte) [][]byte {
	t.Helper()
	var all [][]byte
	current, null := []byte{}, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case '\\':
			i++
			require.Less(t, i, len(line))
			if line[i] == 'N' && len(current) == 0 {
				null = true
			} else {
				current = append(current, line[i])
			}
		case '\t', '\n':
			if null {
				require.Empty(t, current)
				current = nil
			}
			all, current, null = append(all, current), []byte{}, false
			if c == '\n' {
				require.Equal(t, len(line)-1, i, "a line ends once")
				return all
			}
		default:
			current = append(current, c)
		}
	}
	require.Fail(t, "the line does not end")
	return nil
}

func FuzzLine_IsReadBackAsItWas(f *testing.F) {
	f.Add([]byte("a\tb\nc\\d"), []byte(`\N`), int64(-1), 0.5, true)
	f.Add([]byte{}, []byte("N\x00\xff"), int64(math.MinInt64), math.Copysign(0, -1), false)
	f.Add(bytes.Repeat([]byte("1234567\\"), 9), bytes.Repeat([]byte("\t\n"), 9), int64(0), 5e-324, false)
	f.Fuzz(func(t *testing.T, a, b []byte, n int64, x float64, null bool) {
		var optional driver.Value = b
		want := b
		if null {
			optional, want = nil, nil
		}
		read := fields(t, line(t, a, optional, n, uint64(n), x, a))
		require.Len(t, read, 6)
		require.True(t, bytes.Equal(a, read[0]) && bytes.Equal(a, read[5]))
		require.Equal(t, null, read[1] == nil)
		require.True(t, bytes.Equal(want, read[1]))
		require.Equal(t, strconv.FormatInt(n, 10), string(read[2]))
		require.Equal(t, strconv.FormatUint(uint64(n), 10), string(read[3]))
		back, err := strconv.ParseFloat(string(read[4]), 64)
		require.NoError(t, err)
		require.True(t, math.Float64bits(back) == math.Float64bits(x) || math.IsNaN(x))
	})
}

func FuzzTuple_IsOneRowOfLiterals(f *testing.F) {
	f.Add([]byte(`it's \ "x"; -- y`), []byte{0xff, '\''}, int64(-1), -0.0)
	f.Add([]byte{0}, []byte("),("), int64(7), 1e300)
	f.Fuzz(func(t *testing.T, a, b []byte, n int64, x float64) {
		tuple, err := appendTuple(nil, []driver.Value{a, nil, b, n, x}, []string{"", "", "CONVERT(%s USING utf8mb4)", "", ""})
		require.NoError(t, err)
		rest, ok := strings.CutPrefix(string(tuple), "(")
		require.True(t, ok)
		read, rest := literal(t, rest)
		require.Equal(t, string(a), read)
		rest, ok = strings.CutPrefix(rest, ",NULL,CONVERT(")
		require.True(t, ok, rest)
		read, rest = literal(t, rest)
		require.Equal(t, string(b), read)
		rest, ok = strings.CutPrefix(rest, " USING utf8mb4),"+strconv.FormatInt(n, 10)+",")
		require.True(t, ok, rest)
		number, ok := strings.CutSuffix(rest, ")")
		require.True(t, ok)
		back, err := strconv.ParseFloat(number, 64)
		require.NoError(t, err)
		require.True(t, back == x || math.IsNaN(x))
	})
}

// literal reads the string literal that text starts with.
func literal(t *testing.T, text string) (value, rest string) {
	t.Helper()
	if hexadecimal, ok := strings.CutPrefix(text, "x'"); ok {
		digits, rest, ok := strings.Cut(hexadecimal, "'")
		require.True(t, ok)
		decoded, err := hex.DecodeString(digits)
		require.NoError(t, err)
		return string(decoded), rest
	}
	text, ok := strings.CutPrefix(text, "_binary'")
	require.True(t, ok, text)
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\'':
			return b.String(), text[i+1:]
		case '\\':
			i++
			require.Less(t, i, len(text))
		}
		b.WriteByte(text[i])
	}
	require.Fail(t, "the literal does not end")
	return "", ""
}

func FuzzFlow_GivesEveryByteInOrder(f *testing.F) {
	f.Add([]byte("some rows"), 3, 2)
	f.Add([]byte{}, 1, 1)
	f.Fuzz(func(t *testing.T, data []byte, piece, read int) {
		piece, read = 1+abs(piece)%100, 1+abs(read)%100
		count := (len(data) + piece - 1) / piece
		flow := &flow{ctx: t.Context(), full: make(chan block, count+1), free: make(chan []byte, count+1)}
		for rest := data; len(rest) > 0; {
			n := min(piece, len(rest))
			require.NoError(t, flow.give(block{data: rest[:n:n], rows: 1}))
			rest = rest[n:]
		}
		flow.end(nil)
		var all []byte
		for part := make([]byte, read); ; {
			n, err := flow.Read(part)
			all = append(all, part[:n]...)
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
		}
		require.True(t, bytes.Equal(data, all))
		require.NoError(t, flow.drain())
	})
}

func abs(n int) int { return max(n, -(n + 1)) }
