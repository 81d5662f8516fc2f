package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gorm.io/gorm"

	"overmind/pkg/ticket"
)

const (
	termLength = 64
	queryWords = 16
)

// writeTerms replaces the words by which a ticket is found: its number, title, databases, and the names of its
// instances and its requester as they are now.
func writeTerms(tx *gorm.DB, t ticket.Ticket) error {
	text := []string{strconv.FormatInt(t.ID, 10), t.Title, t.Subject.SourceDatabase, t.Subject.TargetDatabase}
	var names []string
	err := tx.Raw(`SELECT name FROM instances WHERE id IN (?, ?)
		UNION ALL SELECT CONCAT(username, ' ', display_name) FROM users WHERE id = ?`,
		t.Subject.SourceInstanceID, t.Subject.TargetInstanceID, t.RequesterID).Scan(&names).Error
	if err != nil {
		return fmt.Errorf("store: read names for the search: %w", err)
	}
	if err := tx.Exec("DELETE FROM ticket_terms WHERE ticket_id = ?", t.ID).Error; err != nil {
		return fmt.Errorf("store: drop search terms: %w", err)
	}
	type termRow struct {
		Term     string
		TicketID int64
	}
	var rows []termRow
	for _, term := range termsOf(strings.Join(append(text, names...), " ")) {
		rows = append(rows, termRow{Term: term, TicketID: t.ID})
	}
	if err := tx.Table("ticket_terms").Create(&rows).Error; err != nil {
		return fmt.Errorf("store: write search terms: %w", err)
	}
	return nil
}

// termsOf splits text into lower-case words. Chinese, Japanese and Korean have no spaces between words, so each pair of
// neighbouring characters is a term.
func termsOf(text string) []string {
	var terms []string
	var word, cjk []rune
	flush := func() {
		if len(word) > 0 {
			terms = append(terms, string(word[:min(len(word), termLength)]))
		}
		if len(cjk) > 0 { // the last one begins no pair, and a search by one character must find it too
			terms = append(terms, string(cjk[len(cjk)-1]))
		}
		for i := 0; i+1 < len(cjk); i++ {
			terms = append(terms, string(cjk[i:i+2]))
		}
		word, cjk = word[:0], cjk[:0]
	}
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			if len(word) > 0 {
				flush()
			}
			cjk = append(cjk, r)
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			if len(cjk) > 0 {
				flush()
			}
			word = append(word, r)
		default:
			flush()
		}
	}
	flush()
	slices.Sort(terms)
	return slices.Compact(terms)
}
