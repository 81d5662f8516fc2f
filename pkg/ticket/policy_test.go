package ticket

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

var (
	owner  = event.Actor{UserID: 1, Role: event.RoleUser}
	dba    = event.Actor{UserID: 2, Role: event.RoleDBA}
	editor = event.Actor{UserID: 3, Role: event.RoleDBA}
	boss   = event.Actor{UserID: 1, Role: event.RoleAdmin} // an admin's own ticket
)

func TestPermit(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 10, 0, 0, 0, 0, time.UTC)
	blocked := Preflight{Findings: []Finding{{Level: "confirm"}, {Level: "block"}}}
	for name, tc := range map[string]struct {
		actor  event.Actor
		state  State
		action string
		change func(*situation)
		want   string
	}{
		"user may not approve":              {actor: owner, state: PendingReview, action: ActionApprove, want: "staff_only"},
		"dba approves":                      {actor: dba, state: PendingReview, action: ActionApprove},
		"editor does not":                   {actor: editor, state: PendingReview, action: ActionApprove, want: "self_approval"},
		"admin not their own":               {actor: boss, state: PendingReview, action: ActionApprove, want: "self_approval"},
		"unless the environment says so":    {actor: boss, state: PendingReview, action: ActionApprove, change: func(s *situation) { s.selfAllowed = true }},
		"a block stops approval":            {actor: dba, state: PendingReview, action: ActionApprove, change: func(s *situation) { s.ticket.Preflight = blocked }, want: "preflight_blocked"},
		"approved twice":                    {actor: dba, state: Queued, action: ActionApprove, want: "wrong_state"},
		"user may not reject":               {actor: owner, state: PendingReview, action: ActionReject, want: "staff_only"},
		"requester withdraws":               {actor: owner, state: PendingReview, action: ActionWithdraw},
		"dba does not withdraw":             {actor: dba, state: PendingReview, action: ActionWithdraw, want: "requester_only"},
		"withdraw after approval":           {actor: owner, state: Queued, action: ActionWithdraw, want: "wrong_state"},
		"edit while queued":                 {actor: owner, state: Queued, action: ActionEdit},
		"edit while running":                {actor: owner, state: Running, action: ActionEdit, want: "already_running"},
		"edit when rejected":                {actor: owner, state: Rejected, action: ActionEdit, want: "wrong_state"},
		"requester cancels":                 {actor: owner, state: Running, action: ActionCancel},
		"nobody cancels twice":              {actor: dba, state: Running, action: ActionCancel, change: func(s *situation) { s.cancelAsked = true }, want: "already_cancelling"},
		"nor after the commit":              {actor: dba, state: Running, action: ActionCancel, change: func(s *situation) { s.committed = true }, want: "too_late"},
		"nor a ticket under review":         {actor: owner, state: PendingReview, action: ActionCancel, want: "wrong_state"},
		"user may not retry":                {actor: owner, state: Failed, action: ActionRetry, want: "staff_only"},
		"dba retries":                       {actor: dba, state: Failed, action: ActionRetry},
		"not needs_attention":               {actor: dba, state: NeedsAttention, action: ActionRetry, want: "wrong_state"},
		"not what drifted":                  {actor: dba, state: Failed, action: ActionRetry, change: func(s *situation) { s.ticket.FailureCode = "approval_stale" }, want: "approval_stale"},
		"not after a week":                  {actor: dba, state: Failed, action: ActionRetry, change: func(s *situation) { s.now = now.Add(8 * 24 * time.Hour) }, want: "approval_expired"},
		"a week from the schedule":          {actor: dba, state: Failed, action: ActionRetry, change: func(s *situation) { s.now, s.ticket.NotBefore = now.Add(8*24*time.Hour), now.Add(5*24*time.Hour) }},
		"user may not undo":                 {actor: owner, state: Succeeded, action: ActionUndo, change: undoable, want: "staff_only"},
		"dba undoes":                        {actor: dba, state: Succeeded, action: ActionUndo, change: undoable},
		"admin undoes their own":            {actor: boss, state: Succeeded, action: ActionUndo, change: undoable},
		"not what was not swapped":          {actor: dba, state: Failed, action: ActionUndo, change: undoable, want: "wrong_state"},
		"not what is being undone":          {actor: dba, state: Undoing, action: ActionUndo, change: undoable, want: "wrong_state"},
		"not what is no longer kept":        {actor: dba, state: Succeeded, action: ActionUndo, want: "undo_expired"},
		"not below a later ticket":          {actor: dba, state: Succeeded, action: ActionUndo, change: func(s *situation) { undoable(s); s.undo.SupersededBy = 9 }, want: "superseded_by"},
		"an undo cannot be cancelled":       {actor: dba, state: Undoing, action: ActionCancel, want: "wrong_state"},
		"requester checks again":            {actor: owner, state: PendingReview, action: ActionRecheck},
		"but not what needs attention":      {actor: owner, state: NeedsAttention, action: ActionRecheck, want: "staff_only"},
		"dba checks what needs attention":   {actor: dba, state: NeedsAttention, action: ActionRecheck},
		"comment on what is over":           {actor: owner, state: Withdrawn, action: ActionComment},
		"an unknown action is not possible": {actor: dba, state: PendingReview, action: "explode", want: "unknown_action"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := situation{actor: tc.actor, now: now, ticket: &Ticket{State: tc.state, RequesterID: owner.UserID,
				EditorIDs: []int64{editor.UserID}, ApprovedAt: now}}
			if tc.change != nil {
				tc.change(&s)
			}
			err := s.permit(tc.action)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			require.Equal(t, tc.want, fault.As(err).Code)
		})
	}
}

func undoable(s *situation) { s.undo.Until = s.now.Add(time.Hour) }

func TestActions_SayWhyNot(t *testing.T) {
	t.Parallel()
	v := View{Ticket: Ticket{State: PendingReview, RequesterID: owner.UserID}}
	list := situationOf(owner, &v, time.Now()).actions()
	require.Len(t, list, len(actionNames))
	for _, a := range list {
		require.Equal(t, a.Allowed, a.Code == "" && a.Reason == "", a.Name)
	}
	require.Equal(t, "staff_only", list[0].Code)
}

func TestSituation_AProtectedEnvironmentNeverAllowsSelfApproval(t *testing.T) {
	t.Parallel()
	v := View{Target: &InstanceView{AllowSelfApproval: true}}
	require.True(t, situationOf(boss, &v, time.Now()).selfAllowed)
	v.Target.Protected = true
	require.False(t, situationOf(boss, &v, time.Now()).selfAllowed)
}

func TestApprove_NamesExactlyWhatWasLookedAt(t *testing.T) {
	t.Parallel()
	right := Approval{Version: 3, SpecHash: "s", FindingsHash: "f"}
	for want, a := range map[string]Approval{
		"stale_version":  {Version: 2, SpecHash: "s", FindingsHash: "f"},
		"stale_spec":     {Version: 3, SpecHash: "", FindingsHash: "f"},
		"stale_findings": {Version: 3, SpecHash: "s", FindingsHash: "g"},
		"":               right,
	} {
		ticket := Ticket{State: PendingReview, Version: 3, SpecHash: "s", Preflight: Preflight{Hash: "f"}}
		err := ticket.approve(dba, a, time.Now())
		if want == "" {
			require.NoError(t, err)
			require.Equal(t, dba.UserID, ticket.ReviewerID)
			continue
		}
		require.Equal(t, want, fault.As(err).Code)
		require.Equal(t, PendingReview, ticket.State)
	}
}

func TestCleanTitle(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"a":                        "a",
		strings.Repeat("单", 200):   strings.Repeat("单", 200),
		"👩‍🚀 refresh":              "👩‍🚀 refresh",
		"one\r\nBcc: x@y":          "one Bcc: x@y",
		"  around  ":               "around",
		"tab\there":                "tab here",
		"":                         "!required",
		" \t\r\n ":                 "!required",
		strings.Repeat("x", 201):   "!too_long",
		"nul\x00":                  "!control_character",
		"esc\x1b[31m":              "!control_character",
		"reversed \u202egpj.exe":   "!control_character",
		string([]byte{0xff, 0xfe}): "!not_text",
	} {
		got, err := cleanTitle(title)
		if code, refused := strings.CutPrefix(want, "!"); refused {
			require.Error(t, err, "%q", title)
			require.Equal(t, code, fault.As(err).Code, "%q", title)
			require.Equal(t, "title", fault.As(err).Fields[0].Name)
			continue
		}
		require.NoError(t, err, "%q", title)
		require.Equal(t, want, got)
	}
}

func TestCleanText_KeepsLinesAndLimits(t *testing.T) {
	t.Parallel()
	got, err := cleanText("text", "one\r\n\ttwo\n", true)
	require.NoError(t, err)
	require.Equal(t, "one\n\ttwo", got)
	for _, bad := range []string{"", "  ", strings.Repeat("a", 4001), "bell\a"} {
		_, err := cleanText("text", bad, true)
		require.Error(t, err, "%.10q", bad)
	}
}

func TestCheckSchedule(t *testing.T) {
	t.Parallel()
	now := time.Now()
	require.NoError(t, checkSchedule(time.Time{}, now))
	require.NoError(t, checkSchedule(now.Add(-time.Minute), now), "now, picked a moment ago")
	require.NoError(t, checkSchedule(now.Add(24*time.Hour), now))
	require.Equal(t, "in_the_past", fault.As(checkSchedule(now.Add(-time.Hour), now)).Code)
	require.Equal(t, "too_far", fault.As(checkSchedule(now.AddDate(10, 0, 0), now)).Code)
}

func TestMergeFields_ShowsEveryFieldAtOnce(t *testing.T) {
	t.Parallel()
	_, title := cleanTitle("")
	_, reason := cleanText("reason", "\a", false)
	err := mergeFields(title, nil, reason)
	require.Len(t, fault.As(err).Fields, 2)
	require.NoError(t, mergeFields(nil, nil))
}
