package native

import (
	"bytes"
	"database/sql/driver"
	"math/rand/v2"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/require"
)

// written is what lines make of rows, joined, with their sum and the longest piece.
func written(t *testing.T, all [][]driver.Value) (text []byte, of sum, longest int) {
	t.Helper()
	l := lines{spill: func(data []byte, _ bool) ([]byte, error) {
		text = append(text, data...)
		longest = max(longest, len(data))
		return data[:0], nil
	}}
	for _, values := range all {
		require.NoError(t, l.add(values))
	}
	return append(text, l.data...), l.sum, longest
}

func TestLines_EscapeWhatLoadDataTakesForMoreThanItself(t *testing.T) {
	t.Parallel()
	text, of, _ := written(t, [][]driver.Value{
		{int64(-1), nil, []byte("a\tb\nc\\d"), []byte(`\N`), []byte{}},
		{uint64(1<<64 - 1), 1.5, []byte("12345678\t"), []byte("1234567\n9"), []byte("\\")},
	})
	require.Equal(t, "-1\t\\N\ta\\\tb\\\nc\\\\d\t\\\\N\t\n18446744073709551615\t1.5\t12345678\\\t\t1234567\\\n9\t\\\\\n", string(text))
	require.EqualValues(t, 2, of.rows)
}

func TestLines_LongRowsLeaveInPiecesWithTheSameSum(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{7})
	for _, size := range []int{0, 1, blockBytes/4 - 1, blockBytes / 4, blockBytes, blockBytes + 1, 3*blockBytes + 5} {
		field := make([]byte, size)
		_, _ = random.Read(field)
		text, of, longest := written(t, [][]driver.Value{{field, int64(1), field}})
		want := append(append(appendEscaped(nil, field), "\t1\t"...), append(appendEscaped(nil, field), '\n')...)
		require.True(t, bytes.Equal(want, text), "%d bytes", size)
		require.Equal(t, sum{1, xxhash.Sum64(want)}, of)
		require.LessOrEqual(t, longest, 2*blockBytes)
	}
}

func FuzzAppendEscaped(f *testing.F) {
	f.Add([]byte("plain, and longer than a word"))
	f.Add([]byte("\t\n\\"))
	f.Add([]byte("\x09\x0a\x5c\x08\x0b\x5b\x89\x8a\xdc"))
	f.Fuzz(func(t *testing.T, field []byte) {
		var want []byte
		for _, c := range field {
			if c == '\t' || c == '\n' || c == '\\' {
				want = append(want, '\\')
			}
			want = append(want, c)
		}
		if got := appendEscaped(nil, field); !bytes.Equal(want, got) {
			t.Fatalf("%x became %x instead of %x", field, got, want)
		}
	})
}
