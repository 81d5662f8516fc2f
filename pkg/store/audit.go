package store

import (
	"context"
	"fmt"
)

// Tampered is the first row of an audit chain that does not agree with what was written.
type Tampered struct {
	Aggregate string
	SubjectID int64
	Seq       int64
	Reason    string
}

const auditBatch = 1000

// VerifyAudit reads the whole audit trail and returns the chains that were changed; none is the good answer.
func (s *Store) VerifyAudit(ctx context.Context) ([]Tampered, error) {
	db := s.db.WithContext(ctx)
	var bad []Tampered
	heads := auditHead{}
	for {
		var chain []auditHead
		err := db.Raw(`SELECT aggregate, subject_id FROM (SELECT aggregate, subject_id FROM audit_heads UNION SELECT aggregate, subject_id FROM audit) c
			WHERE aggregate > ? OR (aggregate = ? AND subject_id > ?) ORDER BY aggregate, subject_id LIMIT ?`,
			heads.Aggregate, heads.Aggregate, heads.SubjectID, auditBatch).Scan(&chain).Error
		if err != nil {
			return nil, fmt.Errorf("store: list audit chains: %w", err)
		}
		if len(chain) == 0 {
			return bad, nil
		}
		for _, c := range chain {
			found, err := s.verifyChain(ctx, c)
			if err != nil {
				return nil, err
			}
			bad = append(bad, found...)
		}
		heads = chain[len(chain)-1]
	}
}

// verifyChain reads its head before its rows, so that rows added meanwhile are not taken for tampering.
func (s *Store) verifyChain(ctx context.Context, chain auditHead) ([]Tampered, error) {
	db := s.db.WithContext(ctx)
	var heads []auditHead
	err := db.Where("aggregate = ? AND subject_id = ?", chain.Aggregate, chain.SubjectID).Find(&heads).Error
	if err != nil {
		return nil, fmt.Errorf("store: read audit head: %w", err)
	}
	bad := func(seq int64, reason string) []Tampered {
		return []Tampered{{Aggregate: chain.Aggregate, SubjectID: chain.SubjectID, Seq: seq, Reason: reason}}
	}
	if len(heads) == 0 {
		return bad(0, "the head is missing"), nil
	}
	seq, hash := int64(0), ""
	for {
		var rows []auditRow
		err := db.Where("aggregate = ? AND subject_id = ? AND seq > ?", chain.Aggregate, chain.SubjectID, seq).
			Order("seq").Limit(auditBatch).Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("store: read audit rows: %w", err)
		}
		for _, row := range rows {
			switch {
			case row.Seq != seq+1:
				return bad(seq+1, "the row is missing"), nil
			case row.PrevHash != hash || row.Hash != row.digest():
				return bad(row.Seq, "the row was changed"), nil
			}
			seq, hash = row.Seq, row.Hash
			if seq == heads[0].Seq && hash != heads[0].Hash {
				return bad(seq, "the head was changed"), nil
			}
		}
		if len(rows) == 0 {
			break
		}
	}
	if seq < heads[0].Seq {
		return bad(seq+1, "the row is missing"), nil
	}
	return nil, nil
}
