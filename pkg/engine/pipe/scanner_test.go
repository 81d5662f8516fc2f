package pipe

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// record is a sink that keeps what it is given.
type record struct {
	out       bytes.Buffer
	announced []string
	tables    []string
	rows      int64
}

func (r *record) announce(table string) { r.announced = append(r.announced, table) }

func (r *record) statement(table string, head []byte) error {
	r.tables = append(r.tables, table)
	r.out.Write(head)
	return nil
}
func (r *record) values(part []byte) error { r.out.Write(part); return nil }
func (r *record) end(rows int64) error     { r.rows += rows; r.out.WriteByte('\n'); return nil }

// scan feeds a dump in pieces of one size.
func scan(dump string, size int) (*record, bool, error) {
	r := &record{}
	s := &scanner{to: r}
	for b := []byte(dump); len(b) > 0; {
		n := min(size, len(b))
		if err := s.feed(b[:n]); err != nil {
			return r, false, err
		}
		b = b[n:]
	}
	return r, s.complete && s.state == between, nil
}

const dumpHead = "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n-- Host: x\\! touch /tmp/x\n/*!40101 SET NAMES utf8mb4 */;\n\nset autocommit=0;\n"
const dumpTail = "commit;\n/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;\n\n-- Dump completed on 2026-01-01  0:00:00\n"

func TestScanner_LetsOnlyInsertsThroughAndCountsRows(t *testing.T) {
	t.Parallel()
	insert := "INSERT INTO `a``b` (`id`, `VALUES (`) VALUES\n(1,'it\\'s; (not) \\\\'),(2,'''x'''),\n(-3.5e+7,NULL),(0xDEAD,_binary 'b\\0');"
	dump := dumpHead + "\n--\n-- Dumping data for table `a``b`\n--\n" + insert + "\n-- Dumping data for table `empty`\nINSERT INTO `c` VALUES (1);\n" + dumpTail
	for _, size := range []int{1, 2, 3, 7, 64, len(dump)} {
		r, complete, err := scan(dump, size)
		require.NoError(t, err)
		assert.True(t, complete)
		assert.Equal(t, insert+"\nINSERT INTO `c` VALUES (1);\n", r.out.String(), "pieces of %d", size)
		assert.Equal(t, []string{"a`b", "c"}, r.tables)
		assert.Equal(t, []string{"a`b", "empty"}, r.announced)
		assert.EqualValues(t, 5, r.rows)
	}
}

func TestScanner_RefusesWhatMysqldumpDoesNotWriteForRows(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"other database":            "USE `other`;",
		"create database":           "CREATE DATABASE x;",
		"drop":                      "DROP TABLE t;",
		"client command":            "\\! touch /tmp/x\n",
		"bare client command":       "system touch /tmp/x\n",
		"source":                    "source /etc/passwd\n",
		"delimiter":                 "DELIMITER ;;\n",
		"comment in a row":          "INSERT INTO `t` VALUES (1 /* \\! x */);",
		"executable comment in row": "INSERT INTO `t` VALUES (/*!50001 1 */);",
		"function call":             "INSERT INTO `t` VALUES (sleep(1));",
		"query in a row":            "INSERT INTO `t` VALUES ((SELECT 1));",
		"comment between rows":      "INSERT INTO `t` VALUES (1) -- x\n,(2);",
		"clause after rows":         "INSERT INTO `t` VALUES (1) ON DUPLICATE KEY UPDATE a=1;",
		"select":                    "INSERT INTO `t` SELECT 1;",
		"qualified table":           "INSERT IGNORE INTO `t` VALUES (1);",
	} {
		_, _, err := scan(dumpHead+statement+dumpTail, 5)
		var unexpected errUnexpected
		assert.ErrorAs(t, err, &unexpected, name)
	}
}

func TestScanner_NoticesACutDump(t *testing.T) {
	t.Parallel()
	dump := dumpHead + "INSERT INTO `t` VALUES (1),('a');\n" + dumpTail
	trailerEnd := strings.LastIndex(dump, "\n")
	for n := range trailerEnd {
		_, complete, err := scan(dump[:n], 16)
		require.NoError(t, err)
		assert.False(t, complete, "cut after %d", n)
	}
	_, complete, err := scan(dump+"INSERT INTO `t` VALUES (3);\n", 16)
	require.NoError(t, err)
	assert.False(t, complete, "more after the trailer")
}

func FuzzScanner_PiecesDoNotMatter(f *testing.F) {
	f.Add(dumpHead+"INSERT INTO `t` (`a`) VALUES (1,'\\\\'),('\\''),('');\n"+dumpTail, 3)
	f.Add("INSERT INTO `t` VALUES ('a;)(\\n');\n-- Dump completed\n", 1)
	f.Add("/*!40101 SET @x='*/' */; SET a='\\';';", 2)
	f.Add("INSERT INTO `a``` VALUES\n(0xAB,-1);#x\n", 5)
	f.Fuzz(func(t *testing.T, dump string, size int) {
		if size < 1 || size > 1<<16 {
			size = 1
		}
		whole, wholeDone, wholeErr := scan(dump, len(dump)+1)
		parts, partsDone, partsErr := scan(dump, size)
		require.Equal(t, fmt.Sprint(wholeErr), fmt.Sprint(partsErr))
		if wholeErr != nil {
			return
		}
		require.Equal(t, wholeDone, partsDone)
		require.Equal(t, whole.out.String(), parts.out.String())
		require.Equal(t, whole.rows, parts.rows)
	})
}

func FuzzScanner_CountsWhatIsThere(f *testing.F) {
	f.Add("it's", "\\", 3)
	f.Add("),(", "\x00;\n", 1)
	f.Fuzz(func(t *testing.T, a, b string, size int) {
		if size < 1 || size > 1<<16 {
			size = 1
		}
		escape := strings.NewReplacer("\\", "\\\\", "'", "\\'", "\n", "\\n", "\x00", "\\0")
		rows := fmt.Sprintf("('%s','%s'),(1,NULL),('%s',2.5)", escape.Replace(a), escape.Replace(b), escape.Replace(b+a))
		r, complete, err := scan("INSERT INTO `t` VALUES "+rows+";\n-- Dump completed on x\n", size)
		require.NoError(t, err)
		require.True(t, complete)
		require.EqualValues(t, 3, r.rows)
	})
}
