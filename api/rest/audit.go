package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

// AuditLog is the audit trail.
type AuditLog interface {
	ListAudit(ctx context.Context, f event.AuditFilter) ([]event.AuditRow, error)
	Record(ctx context.Context, a event.Audit) error
}

// recordRefusal writes down that a known user tried to change what their role or credential does not allow, which no
// service gets to see.
func recordRefusal(c *gin.Context, audit AuditLog, cause error) error {
	user, known := caller(c)
	if !known || c.Request.Method == http.MethodGet {
		return cause
	}
	subject, _ := parseID(c.Param("id")) // 0 where the route has none
	kind, _, _ := strings.Cut(strings.TrimPrefix(c.FullPath(), "/api/v1/"), "/")
	aggregate := strings.TrimSuffix(kind, "s")
	if kind == "me" {
		aggregate, subject = "user", user.ID
	}
	after, err := json.Marshal(map[string]string{"route": c.Request.Method + " " + c.FullPath(), "code": fault.As(cause).Code})
	if err != nil {
		return err
	}
	err = audit.Record(c.Request.Context(), event.Audit{Action: aggregate + ".refused", Aggregate: aggregate,
		SubjectID: subject, Actor: user.Actor(c.ClientIP()), After: after})
	if err != nil {
		return fmt.Errorf("record a refused attempt: %w", err)
	}
	return cause
}

// AuditEntry is who did what, from where, with the values before and after. The hash covers the entry and the hash of
// the entry before it of the same thing.
type AuditEntry struct {
	ID        int64           `json:"id"`
	Action    string          `json:"action" example:"ticket.approve"`
	Aggregate string          `json:"aggregate" example:"ticket"`
	SubjectID int64           `json:"subject_id"`
	Actor     *Person         `json:"actor,omitempty"` // absent: the system
	ActorRole string          `json:"actor_role"`
	Address   string          `json:"address"`
	Before    json.RawMessage `json:"before,omitempty" swaggertype:"object"`
	After     json.RawMessage `json:"after,omitempty" swaggertype:"object"`
	Hash      string          `json:"hash"`
	At        time.Time       `json:"at" format:"date-time"`
}

// AuditPage is one page of the trail, newest first.
type AuditPage struct {
	Items      []AuditEntry `json:"items"`
	NextCursor string       `json:"next_cursor,omitempty"`
}

type auditHandlers struct {
	audit   AuditLog
	cursors cursors
	log     *slog.Logger
}

// list
//
//	@Summary	The audit trail
//	@ID			listAudit
//	@Tags		audit
//	@Produce	json
//	@Param		action		query		string	false	"for example ticket.approve"
//	@Param		aggregate	query		string	false	"kind of thing"	Enums(ticket,instance,environment,user,token,session,channel)
//	@Param		subject_id	query		int		false	"the thing"	format(int64)
//	@Param		actor_id	query		int		false	"who"		format(int64)
//	@Param		since		query		string	false	"at or after"	format(date-time)
//	@Param		until		query		string	false	"before"		format(date-time)
//	@Param		limit		query		int		false	"rows a page"	minimum(1)	maximum(200)	default(50)
//	@Param		cursor		query		string	false	"from the page before"
//	@Success	200			{object}	AuditPage
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/audit [get]
func (h auditHandlers) list(c *gin.Context) error {
	who := actor(c)
	q := newQuery(c)
	filter := auditFilterOf(q)
	filter.Limit = q.limit()
	bound := scope(who.UserID, c.FullPath(), q.values)
	filter.Before = q.cursor(h.cursors, bound)
	if err := q.err(); err != nil {
		return err
	}
	found, err := h.audit.ListAudit(c.Request.Context(), filter)
	if err != nil {
		return err
	}
	answer := AuditPage{Items: each(found, auditEntryOf)}
	if len(found) == filter.Limit {
		answer.NextCursor = h.cursors.encode(bound, found[len(found)-1].ID)
	}
	c.JSON(http.StatusOK, answer)
	return nil
}

// export
//
//	@Summary	Download the audit trail
//	@ID			exportAudit
//	@Tags		audit
//	@Produce	text/csv
//	@Param		action		query		string	false	"for example ticket.approve"
//	@Param		aggregate	query		string	false	"kind of thing"	Enums(ticket,instance,environment,user,token,session,channel)
//	@Param		subject_id	query		int		false	"the thing"	format(int64)
//	@Param		actor_id	query		int		false	"who"		format(int64)
//	@Param		since		query		string	false	"at or after"	format(date-time)
//	@Param		until		query		string	false	"before"		format(date-time)
//	@Success	200			{string}	string
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/audit/csv [get]
func (h auditHandlers) export(c *gin.Context) error {
	q := newQuery(c)
	filter := auditFilterOf(q)
	filter.Limit = maxLimit
	if err := q.err(); err != nil {
		return err
	}
	columns := []string{"id", "at", "action", "aggregate", "subject_id", "actor_id", "actor", "role", "address", "before", "after", "hash"}
	return writeCSV(c, h.log, "audit", columns, func(add func(...string) error) error {
		for {
			found, err := h.audit.ListAudit(c.Request.Context(), filter)
			if err != nil || len(found) == 0 {
				return err
			}
			for _, r := range found {
				err := add(number(r.ID), r.At.Format(time.RFC3339Nano), r.Action, r.Aggregate, number(r.SubjectID), number(r.Actor.UserID),
					r.Actor.Name, string(r.Actor.Role), r.Actor.Address, string(r.Before), string(r.After), r.Hash)
				if err != nil {
					return err
				}
			}
			filter.Before = found[len(found)-1].ID
		}
	})
}

func auditFilterOf(q *query) event.AuditFilter {
	return event.AuditFilter{Action: q.text("action"), SubjectID: q.id("subject_id"), ActorID: q.id("actor_id"),
		Aggregate: q.oneOf("aggregate", "", "ticket", "instance", "environment", "user", "token", "session", "channel"),
		Since:     q.time("since"), Until: q.time("until")}
}

func auditEntryOf(r event.AuditRow) AuditEntry {
	return AuditEntry{ID: r.ID, Action: r.Action, Aggregate: r.Aggregate, SubjectID: r.SubjectID,
		Actor: personOf(r.Actor.UserID, r.Actor.Name), ActorRole: string(r.Actor.Role), Address: r.Actor.Address,
		Before: r.Before, After: r.After, Hash: r.Hash, At: r.At}
}
