package notify_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
	"overmind/pkg/notify"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

func TestPrune_ATicketsHistoryStillShowsWhatBecameOfEachMessage(t *testing.T) {
	t.Parallel()
	o := setup(t)
	fine, broken := startHook(t), startHook(t)
	broken.set(down)
	o.webhook(t, "fine", fine, notify.Rule{})
	o.webhook(t, "broken", broken, notify.Rule{})
	v := o.submit(t)
	o.comment(t, v.ID, "why?")
	testkit.Exec(t, o.db, `INSERT INTO events (type, aggregate, subject_id, owner_id, actor_id, actor_name, data, at)
		VALUES ('instance.unreachable', 'instance', 2, 0, 0, 'system', '{}', NOW(6))`)
	stop := o.dispatch(t, "node")
	testkit.Eventually(t, 60*time.Second, "everything was tried", func() bool { return len(fine.received()) == 3 && broken.asked() > 0 })
	stop()
	o.pass(t, notify.GiveUpAfter)
	_, err := o.store.Notifications().Expire(t.Context())
	require.NoError(t, err)
	before, err := o.OfTicket(t.Context(), v.ID)
	require.NoError(t, err)
	require.Len(t, before, 4)

	o.pass(t, 60*24*time.Hour)
	require.Zero(t, o.prune(t).Messages, "they are not old enough")
	before, err = o.OfTicket(t.Context(), v.ID)
	require.NoError(t, err)
	o.pass(t, 40*24*time.Hour)
	require.EqualValues(t, 6, o.prune(t).Messages)
	require.Zero(t, o.prune(t).Messages)
	require.Zero(t, o.number(t, "SELECT COUNT(*) FROM deliveries"))
	require.EqualValues(t, 2, o.number(t, "SELECT COUNT(*) FROM notices"), "nobody looks at those of a server")
	after, err := o.OfTicket(t.Context(), v.ID)
	require.NoError(t, err)
	require.Equal(t, fates(before), fates(after))
	dead, err := o.Deliveries(t.Context(), root, notify.DeliveryFilter{TicketID: v.ID, State: notify.Dead, Limit: 10})
	require.NoError(t, err)
	require.Len(t, dead, 2)
	_, err = o.Retry(t.Context(), root, dead[0].ID)
	require.True(t, fault.Is(err, "delivery_not_found"), err)
}

// fates is what a history says of messages.
func fates(list []notify.Delivery) (said []string) {
	for _, d := range list {
		said = append(said, fmt.Sprint(d.ID, d.Notice.EventSeq, d.Notice.Type, d.ChannelName, d.Recipient, d.State, d.Attempts, d.Error, d.MessageID))
	}
	return said
}

func (o *office) prune(t *testing.T) store.Pruned {
	t.Helper()
	gone, err := o.store.Prune(t.Context())
	require.NoError(t, err)
	return gone
}

func TestPrune_LeavesAMessageThatIsStillOnItsWay(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.webhook(t, "waiting", startHook(t), notify.Rule{})
	o.submit(t)
	o.plan(t)
	o.pass(t, 100*24*time.Hour)
	require.Zero(t, o.prune(t).Messages)
	require.EqualValues(t, 1, o.number(t, "SELECT COUNT(*) FROM deliveries WHERE state = 'queued'"))
}

func TestPrune_KeepsHistoriesTheAuditTrailAndWhatIsNotRead(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for i := range 1500 { // more than a batch
		testkit.Exec(t, o.db, fmt.Sprintf("INSERT INTO idempotency_keys VALUES (1, 'k%d', '', 1, NOW(6))", i),
			`INSERT INTO events (type, aggregate, subject_id, owner_id, actor_id, actor_name, data, at) VALUES ('user.updated', 'user', 1, 0, 0, '', '{}', NOW(6))`)
	}
	o.webhook(t, "hook", startHook(t), notify.Rule{})
	draft := ticket.Draft{Kind: "copy", Title: "Refresh", Spec: []byte(`{}`), IdempotencyKey: "again"}
	v, err := o.tickets.Submit(t.Context(), ann, draft)
	require.NoError(t, err)
	o.plan(t)
	o.plan(t) // a thousand at a time get their numbers
	audit := o.number(t, "SELECT COUNT(*) FROM audit")

	o.pass(t, 47*time.Hour)
	require.Zero(t, o.prune(t).Keys)
	same, err := o.tickets.Submit(t.Context(), ann, draft)
	require.NoError(t, err)
	require.Equal(t, v.ID, same.ID)
	o.pass(t, 2*time.Hour)
	require.EqualValues(t, 1501, o.prune(t).Keys)
	o.pass(t, 100*24*time.Hour)
	require.Zero(t, o.prune(t).Events, "the statistics have not read them")
	testkit.Exec(t, o.db, "UPDATE leases SET value = (SELECT MAX(seq) FROM events) WHERE name = 'statistics'")
	require.EqualValues(t, 1501, o.prune(t).Events, "those of the people and of the channel")
	require.EqualValues(t, 1, o.number(t, "SELECT COUNT(*) FROM events"), "the ticket's")
	require.Equal(t, audit, o.number(t, "SELECT COUNT(*) FROM audit"))
}
