package engine

import (
	"context"
	"strings"
)

// KeptDefiners tells which definers (`user@host`) objects keep on the target: those that exist there and that the
// load account may set. All others become the load account.
func KeptDefiners(ctx context.Context, target queryer, definers []string) (map[string]bool, error) {
	kept := map[string]bool{}
	var self string
	if err := target.QueryRowContext(ctx, "SELECT CURRENT_USER()").Scan(&self); err != nil {
		return nil, err
	}
	maySet, err := maySetDefiner(ctx, target)
	if err != nil {
		return nil, err
	}
	for _, definer := range definers {
		if definer == self {
			kept[definer] = true
			continue
		}
		at := strings.LastIndex(definer, "@")
		if !maySet || at < 0 {
			continue
		}
		var found int
		err := target.QueryRowContext(ctx, "SELECT COUNT(*) FROM mysql.user WHERE User = ? AND Host = ?", definer[:at], definer[at+1:]).Scan(&found)
		switch {
		case serverSaid(err, 1142, 1143, 1044): // the account may not look: then it cannot be known to exist
		case err != nil:
			return nil, err
		case found > 0:
			kept[definer] = true
		}
	}
	return kept, nil
}

func maySetDefiner(ctx context.Context, target queryer) (bool, error) {
	grants, err := column(ctx, target, "SHOW GRANTS")
	if err != nil {
		return false, err
	}
	for _, grant := range grants {
		head, _, global := strings.Cut(grant, " ON *.*")
		if !global {
			continue
		}
		for _, right := range []string{"ALL PRIVILEGES", "SUPER", "SET USER", "SET_USER_ID", "SET_ANY_DEFINER"} {
			if strings.Contains(head, right) {
				return true, nil
			}
		}
	}
	return false, nil
}

// definersOf lists the definers of objects, each once.
func definersOf(objects []object) []string {
	var list []string
	seen := map[string]bool{}
	for _, o := range objects {
		if definer, ok := definerOf(string(o.SQL), dialectOf(o.SQLMode)); ok && !seen[definer] {
			seen[definer] = true
			list = append(list, definer)
		}
	}
	return list
}
