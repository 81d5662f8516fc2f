package config

// maxEdits is how many mistakes a name may have to be taken for a mistyped one.
const maxEdits = 3

// suggestion is ` Did you mean X?` where one of names is near to name, else empty.
func suggestion(name string, names []string) string {
	best, edits := "", maxEdits+1
	for _, candidate := range names {
		if d := distance(name, candidate); d < edits {
			best, edits = candidate, d
		}
	}
	if best == "" || edits > len(name)/3 {
		return ""
	}
	return " Did you mean " + best + "?"
}

// distance is how many letters must be added, removed or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
