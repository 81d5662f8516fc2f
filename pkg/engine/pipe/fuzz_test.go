package pipe

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// FuzzPump_LetsNoCommandThrough gives the pump whatever a server could make its dump program write. What reaches the
// client has no comment and no client command outside of a text, and its statements are INSERTs or our own.
func FuzzPump_LetsNoCommandThrough(f *testing.F) {
	f.Add(dumpHead + "INSERT INTO `t` (`a`) VALUES (1,'\\\\'),('\\''),('');\n" + dumpTail)
	f.Add("INSERT INTO `t` VALUES\n('\\! touch x'),(0xAB);\n\\! touch x\n-- Dump completed\n")
	f.Add("INSERT INTO `t` (`\n\\! x`,`/*`) VALUES (1,2);\nINSERT INTO `u` VALUES (NULL);")
	f.Add("/*!50001 SELECT 1 */;INSERT INTO `t` VALUES (1)/*!50001 ,(2) */;")
	f.Add("INSERT INTO `t`# VALUES;-- Dump completed\n")
	f.Add("INSERT INTO `t` (`a``b`, /* VALUES */`c`) VALUES (1);\n-- Dump completed\n")
	f.Fuzz(func(t *testing.T, written string) {
		job := &Job{
			Tables: []*Table{{Name: "t", Setup: "SET SESSION sql_mode=''"}, {Name: "u"}}, CommitBytes: 10,
			Gate: func(context.Context, int) error { return nil }, OnLoaded: func(int) {},
		}
		var out bytes.Buffer
		p := newPump(job, &dump{share: Share{Tables: []int{0, 1}}, whole: len(written)%2 == 0}, &out)
		complete, err := p.run(t.Context(), iotest.OneByteReader(strings.NewReader(written)))
		if err != nil || !complete {
			return // the client is killed before it reads the end
		}
		require.NoError(t, p.finish())
		for _, statement := range statements(t, out.String()) {
			known := strings.HasPrefix(statement, "INSERT INTO `t`") || strings.HasPrefix(statement, "INSERT INTO `u`") ||
				strings.HasPrefix(statement, "SELECT '"+tableMark) || statement == "SELECT '"+endMark+"'" || statement == "COMMIT" || statement == "SET SESSION sql_mode=''"
			require.True(t, known, "%q in %q", statement, out.String())
		}
	})
}

// statements splits what the client reads as the client does, and allows no comment and no backslash between texts.
func statements(t *testing.T, text string) []string {
	t.Helper()
	var all []string
	from := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\'', '`':
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' && c == '\'' {
					i++
				}
			}
			require.Less(t, i, len(text), "a text without end in %q", text)
		case '\\', '#':
			require.Fail(t, "outside of a text", "%q in %q", c, text)
		case '-', '/':
			require.False(t, strings.HasPrefix(text[i:], "-- ") || strings.HasPrefix(text[i:], "/*"), "a comment in %q", text)
		case ';':
			all, from = append(all, strings.TrimSpace(text[from:i])), i+1
		}
	}
	require.Empty(t, strings.TrimSpace(text[from:]))
	return all
}
