package pipe

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"overmind/pkg/fault"
)

// Share is what one dump reads: whole tables, or one range of one table.
type Share struct {
	Tables []int  // indexes into Job.Tables
	Where  string // the range; empty = whole tables
}

// Ranges says into how many ranges each table is best cut for n dumps of about equal size: a table that is not much
// larger than what each of them reads stays whole.
func Ranges(bytes []int64, n int) []int {
	var total int64
	for _, b := range bytes {
		total += b
	}
	most := max(total/int64(n)*5/4, 1)
	ranges := make([]int, len(bytes))
	for i, b := range bytes {
		ranges[i] = int(max((b+most-1)/most, 1))
	}
	return ranges
}

// Shares gives every range of a table (wheres) a dump of its own and packs the tables without ranges into as many as
// are left of n, but one at least, of about equal size.
func Shares(bytes []int64, wheres [][]string, n int) []Share {
	var shares []Share
	var whole []int
	for i := range bytes {
		for _, where := range wheres[i] {
			shares = append(shares, Share{Tables: []int{i}, Where: where})
		}
		if len(wheres[i]) == 0 {
			whole = append(whole, i)
		}
	}
	slices.SortStableFunc(whole, func(a, b int) int { return cmp.Compare(bytes[b], bytes[a]) })
	packed := make([]Share, min(len(whole), max(n-len(shares), 1)))
	sizes := make([]int64, len(packed))
	for _, i := range whole {
		least := slices.Index(sizes, slices.Min(sizes))
		packed[least].Tables = append(packed[least].Tables, i)
		sizes[least] += bytes[i] + 1 // so that empty tables are spread as well
	}
	return append(shares, packed...)
}

// maxArguments keeps the names of all tables within what the kernel takes as arguments.
const maxArguments = 1 << 20

// dumpArguments also tells whether they are for the whole database but what it ignores.
func (job *Job) dumpArguments(s Share) (args []string, whole bool, err error) {
	args = []string{
		"--single-transaction", "--quick", "--no-create-info", "--skip-triggers", "--skip-add-locks", "--skip-disable-keys",
		"--hex-blob", "--complete-insert", "--extended-insert", "--tz-utc", "--no-tablespaces", "--comments",
		"--default-character-set=utf8mb4", "--max-allowed-packet=1G", "--net-buffer-length=1M",
	}
	for _, option := range [][2]string{{"set-gtid-purged", "OFF"}, {"column-statistics", "0"}} {
		if job.DumpTool.Has(option[0]) {
			args = append(args, "--"+option[0]+"="+option[1])
		}
	}
	if s.Where != "" {
		args = append(args, "--where="+s.Where)
	}
	ignored, whole := job.besides(s)
	if whole {
		for _, name := range ignored {
			args = append(args, "--ignore-table="+job.Database+"."+name)
		}
		args = append(args, "--", job.Database)
	} else {
		args = append(args, "--", job.Database)
		for _, i := range s.Tables {
			args = append(args, job.Tables[i].Name)
		}
	}
	if len(strings.Join(args, " ")) > maxArguments {
		return nil, whole, fault.New(fault.Invalid, "too_many_tables", "The names of %d tables do not fit into one call of the dump program.", len(s.Tables))
	}
	return args, whole, nil
}

// fewTables are better named: for each named table a dump program has the server look through the whole database.
const fewTables = 50

// besides lists what a dump of the whole database must ignore to read the tables of a share only. It is not possible
// where the program, which compares these names without case and accents, would ignore one of ours with another.
func (job *Job) besides(s Share) (ignored []string, ok bool) {
	if s.Where != "" || len(s.Tables) < fewTables {
		return nil, false
	}
	ours := make(map[string]bool, len(s.Tables))
	for _, i := range s.Tables {
		ours[job.Tables[i].Name] = true
	}
	seen, length := make(map[string]bool, len(job.Listed)), 0
	for _, name := range job.Listed {
		folded := strings.ToLower(name)
		if seen[folded] || strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) {
			return nil, false
		}
		seen[folded] = true
		if !ours[name] {
			ignored = append(ignored, name)
			length += len("--ignore-table=") + len(job.Database) + len(name) + 2
		}
	}
	return ignored, length < maxArguments/2
}
