package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"overmind/pkg/stats"
)

// sheetRow is a stats.Sheet. Sums is JSON: the members of each dimension with a list of their measures, in the order of
// the struct and without the zeros at its end.
type sheetRow struct {
	Grain               string    `gorm:"primaryKey"`
	SourceEnvironmentID int64     `gorm:"primaryKey"`
	TargetEnvironmentID int64     `gorm:"primaryKey"`
	Period              time.Time `gorm:"primaryKey;type:date"`
	Kind                string    `gorm:"primaryKey"`
	Sums                []byte
}

func (sheetRow) TableName() string { return "ticket_sheets" }

func (r sheetRow) key() stats.Key {
	return stats.Key{Grain: stats.Grain(r.Grain), Period: r.Period.Format(time.DateOnly),
		Scope: stats.Scope{Kind: r.Kind, SourceEnvironmentID: r.SourceEnvironmentID, TargetEnvironmentID: r.TargetEnvironmentID}}
}

type sums map[stats.Dimension]map[string][]int64

func encodeSheet(sheet stats.Sheet) ([]byte, error) {
	s := sums{}
	for dimension, members := range sheet {
		s[dimension] = make(map[string][]int64, len(members))
		for member, m := range members {
			list := []int64{m.Tickets, m.Succeeded, m.Failed, m.Rows, m.Bytes, m.ReviewSeconds}
			for len(list) > 1 && list[len(list)-1] == 0 {
				list = list[:len(list)-1]
			}
			s[dimension][member] = list
		}
	}
	return json.Marshal(s)
}

func decodeSheet(text []byte) (stats.Sheet, error) {
	var s sums
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	sheet := stats.Sheet{}
	for dimension, members := range s {
		sheet[dimension] = make(map[string]stats.Measures, len(members))
		for member, list := range members {
			var m [6]int64
			copy(m[:], list)
			sheet[dimension][member] = stats.Measures{Tickets: m[0], Succeeded: m[1], Failed: m[2], Rows: m[3], Bytes: m[4], ReviewSeconds: m[5]}
		}
	}
	return sheet, nil
}

func readSheets(q *gorm.DB) (stats.Sheets, error) {
	var rows []sheetRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, err
	}
	sheets := stats.Sheets{}
	for _, r := range rows {
		sheet, err := decodeSheet(r.Sums)
		if err != nil {
			return nil, fmt.Errorf("sheet %+v: %w", r.key(), err)
		}
		sheets[r.key()] = sheet
	}
	return sheets, nil
}

// sheetsAtOnce keeps a statement well below the smallest usual limit of a packet: a month's sheet has tens of kilobytes.
const sheetsAtOnce = 50

// addSheets adds to the sheets that there are, and writes new ones. Only who holds the lease of the statistics may.
func addSheets(tx *gorm.DB, more stats.Sheets) error {
	rows := make([]sheetRow, 0, len(more))
	for key := range more {
		period, err := time.Parse(time.DateOnly, key.Period)
		if err != nil {
			return err
		}
		rows = append(rows, sheetRow{Grain: string(key.Grain), SourceEnvironmentID: key.SourceEnvironmentID,
			TargetEnvironmentID: key.TargetEnvironmentID, Period: period, Kind: key.Kind})
	}
	slices.SortFunc(rows, func(a, b sheetRow) int { return strings.Compare(fmt.Sprint(a.key()), fmt.Sprint(b.key())) })
	for part := range slices.Chunk(rows, sheetsAtOnce) {
		if err := addTo(tx, part, more); err != nil {
			return err
		}
	}
	return nil
}

func addTo(tx *gorm.DB, rows []sheetRow, more stats.Sheets) error {
	keys := make([][]any, 0, len(rows))
	for _, r := range rows {
		keys = append(keys, []any{r.Grain, r.SourceEnvironmentID, r.TargetEnvironmentID, r.Period, r.Kind})
	}
	stored, err := readSheets(tx.Where("(grain, source_environment_id, target_environment_id, period, kind) IN ?", keys))
	if err != nil {
		return err
	}
	for i := range rows {
		key := rows[i].key()
		if stored[key] == nil {
			stored[key] = stats.Sheet{}
		}
		stored[key].Add(more[key])
		if rows[i].Sums, err = encodeSheet(stored[key]); err != nil {
			return err
		}
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&rows).Error
}
