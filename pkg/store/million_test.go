//go:build bench

package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/event"
	"overmind/pkg/localdb"
	"overmind/pkg/stats"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

const million = 1_000_000

// TestMillion prints how long the statistics and the list take over a million tickets of three years: medians of nine.
func TestMillion(t *testing.T) {
	for name, server := range map[string]*localdb.Server{"MariaDB": testkit.MariaDB(t), "MySQL": testkit.MySQL(t)} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, server)
			fillTickets(t, b, server.Flavour)
			counting := b.counting()
			started := time.Now()
			require.NoError(t, counting.Rebuild(t.Context(), func(done, all int) {
				if done%200_000 == 0 {
					fmt.Printf("%s: %d of %d tickets counted after %.0f s\n", name, done, all, time.Since(started).Seconds())
				}
			}))
			fmt.Printf("%s: all counted anew in %.0f s\n", name, time.Since(started).Seconds())
			b.exec(t, "ANALYZE TABLE tickets, ticket_facts, ticket_sheets")

			today := time.Now().UTC()
			days := func(n int) stats.Period { return stats.Period{From: today.AddDate(0, 0, -n).Format(time.DateOnly)} }
			for _, period := range []struct {
				what string
				stats.Period
			}{{"30 days", stats.Period{}}, {"90 days", days(89)}, {"three years", days(1100)}} {
				for what, scope := range map[string]stats.Scope{"": {}, ", a kind": {Kind: "copy"}, ", an environment": {SourceEnvironmentID: 2}, ", a pair": {SourceEnvironmentID: 2, TargetEnvironmentID: 3}} {
					median(t, name, "statistics, "+period.what+what, func(ctx context.Context) error {
						_, err := counting.Read(ctx, period.Period, scope)
						return err
					})
				}
			}
			dba, user := dora, event.Actor{UserID: 77, Name: "u77", Role: event.RoleUser}
			failed, year := []ticket.State{ticket.Failed}, today.AddDate(-1, 0, 0)
			for _, list := range []struct {
				what string
				ticket.Filter
			}{
				{"all", ticket.Filter{}}, {"failed", ticket.Filter{States: failed}}, {"to review", ticket.Filter{ReviewableBy: dba.UserID}},
				{"a word of all", ticket.Filter{Query: "nightly"}}, {"a word of 2000", ticket.Filter{Query: "payday"}}, {"a word of 20,000", ticket.Filter{Query: "quarter"}},
				{"two words", ticket.Filter{Query: "nightly quarter"}}, {"a word of none", ticket.Filter{Query: "xyzzy"}},
				{"an instance", ticket.Filter{InstanceID: 2}}, {"an instance of 2", ticket.Filter{InstanceID: 41}}, {"an environment", ticket.Filter{EnvironmentID: 2}},
				{"an environment of 2", ticket.Filter{EnvironmentID: 6}}, {"a database of all", ticket.Filter{Database: "orders"}}, {"a database of 2", ticket.Filter{Database: "rare"}},
				{"a requester", ticket.Filter{RequesterID: 500}}, {"the last day", ticket.Filter{Since: today.AddDate(0, 0, -1)}}, {"before last year", ticket.Filter{Until: year}},
				{"a day last year", ticket.Filter{Since: year, Until: year.AddDate(0, 0, 1)}}, {"failed, an instance", ticket.Filter{States: failed, InstanceID: 2}},
				{"failed, a requester", ticket.Filter{States: failed, RequesterID: 500}}, {"failed, a word", ticket.Filter{States: failed, Query: "nightly"}},
				{"failed, before last year", ticket.Filter{States: failed, Until: year}}, {"an instance, a day last year", ticket.Filter{InstanceID: 2, Since: year, Until: year.AddDate(0, 0, 1)}},
				{"oldest first, an environment", ticket.Filter{EnvironmentID: 2, Ascending: true}},
			} {
				median(t, name, "list, "+list.what, func(ctx context.Context) error {
					_, err := b.tickets.List(ctx, dba, list.Filter, ticket.Page{Limit: 50})
					return err
				})
			}
			median(t, name, "list of a user", func(ctx context.Context) error {
				_, err := b.tickets.List(ctx, user, ticket.Filter{}, ticket.Page{Limit: 50})
				return err
			})
			median(t, name, "counters of a DBA", func(ctx context.Context) error { _, err := b.tickets.Counts(ctx, dba); return err })
			median(t, name, "counters of a user", func(ctx context.Context) error { _, err := b.tickets.Counts(ctx, user); return err })
		})
	}
}

func median(t *testing.T, server, what string, do func(context.Context) error) {
	t.Helper()
	var took []time.Duration
	for range 9 {
		started := time.Now()
		require.NoError(t, do(t.Context()))
		took = append(took, time.Since(started))
	}
	slices.Sort(took)
	fmt.Printf("%-8s %-36s median %4d ms, slowest %4d ms\n", server, what, took[4].Milliseconds(), took[8].Milliseconds())
}

// fillTickets writes tickets of three years, 500 requesters and 20 reviewers between 40 instances in five environments.
func fillTickets(t *testing.T, b *bench, flavour localdb.Flavour) {
	t.Helper()
	depth := "max_recursive_iterations"
	if flavour == localdb.MySQL {
		depth = "cte_max_recursion_depth"
	}
	connection, err := b.db.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close()) }()
	for _, statement := range []string{
		"SET SESSION " + depth + " = 10000000",
		`INSERT INTO environments (id, name, color, rank_order, protected, may_be_source, may_be_target, allow_self_approval, version)
			VALUES (3, 'staging', '#000000', 3, 0, 1, 1, 0, 1), (4, 'load', '#000000', 4, 0, 1, 1, 0, 1), (5, 'dev', '#000000', 5, 0, 1, 1, 0, 1)`,
		`INSERT INTO instances (id, name, environment_id, host, port, flavour, server_version, fingerprint, tls, tls_ca, read_user, load_user, labels,
			owner, worker_group, version, connection_version, health, health_message, created_at, updated_at)
			WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT i, CONCAT('db-', i), 1 + i % 5, CONCAT('h', i), 3306,
			'', '', '', 'off', '', '', '', '{}', '', 'default', 1, 1, 'unknown', '', NOW(6), NOW(6) FROM n`,
		`INSERT INTO users (id, username, display_name, email, team, language, role, password_hash, created_at, updated_at)
			WITH RECURSIVE n(i) AS (SELECT 5 UNION ALL SELECT i + 1 FROM n WHERE i < 525)
			SELECT i, CONCAT('u', i), '', '', '', 'en', 'user', '', NOW(6), NOW(6) FROM n`,
		fmt.Sprintf(`INSERT INTO tickets (kind, title, reason, state, version, requester_id, spec, spec_hash, source_instance_id, source_database,
			target_instance_id, target_database, subject_tables, findings, findings_hash, plan, locks, reviewer_id, review_note, approved_at,
			failure_code, failure, report, submitted_at, started_at, finished_at, updated_at)
			WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %[1]d - 1),
			r(i, at, c) AS (SELECT i, NOW(6) - INTERVAL (94608000 - i * 94.6) SECOND, CRC32(i) FROM n)
			SELECT 'copy', CONCAT('nightly ', i), '', CASE WHEN i > %[1]d - 40 THEN 'pending_review' WHEN c %% 20 = 0 THEN 'failed' WHEN c %% 20 = 1 THEN 'rejected' ELSE 'succeeded' END,
			1, 5 + c %% 500, '{}', '', 1 + (c DIV 7) %% 40, 'orders', 1 + (c DIV 11) %% 40, 'orders', '[]', '[]', '', '{}', '[]',
			505 + c %% 20, '', at + INTERVAL c %% 20000 SECOND, IF(c %% 20 = 0, ELT(1 + (c DIV 20) %% 4, 'load_failed', 'approval_stale', 'connection_lost', 'index_failed'), ''), '', '{}',
			at, at + INTERVAL c %% 20000 + c %% 60 SECOND, at + INTERVAL c %% 20000 + c %% 3000 + 61 SECOND, at FROM r`, million),
		`INSERT INTO attempts (ticket_id, number, fence, worker, state, message, started_at, finished_at)
			SELECT id, 1, 1, 'w', 'succeeded', '', started_at, finished_at FROM tickets WHERE state IN ('succeeded', 'failed')`,
		`INSERT INTO ticket_volumes SELECT id, id % 100000, id % 100000 * 200 FROM tickets WHERE state = 'succeeded'`,
		`INSERT INTO ticket_terms SELECT 'nightly', id FROM tickets`,
		`INSERT INTO ticket_terms SELECT 'payday', id FROM tickets WHERE id % 500 = 0`,
		`INSERT INTO ticket_terms SELECT 'quarter', id FROM tickets WHERE id % 50 = 0`,
		`INSERT INTO environments SELECT 6, 'rare', color, 6, 0, 1, 1, 0, 1 FROM environments WHERE id = 5`,
		`INSERT INTO instances (id, name, environment_id, host, port, flavour, server_version, fingerprint, tls, tls_ca, read_user, load_user, labels,
			owner, worker_group, version, connection_version, health, health_message, created_at, updated_at)
			SELECT 41, 'db-41', 6, 'h41', 3306, '', '', '', 'off', '', '', '', '{}', '', 'default', 1, 1, 'unknown', '', NOW(6), NOW(6)`,
		`UPDATE tickets SET source_instance_id = 41, source_database = 'rare' WHERE id IN (7, 500000)`,
		"ANALYZE TABLE tickets, ticket_terms, attempts",
	} {
		_, err := connection.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}
