package rest

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/ticket"
)

type ticketReader interface {
	Get(ctx context.Context, actor event.Actor, id int64) (ticket.View, error)
	List(ctx context.Context, actor event.Actor, f ticket.Filter, p ticket.Page) ([]ticket.View, error)
	History(ctx context.Context, actor event.Actor, id int64) (ticket.History, error)
	Counts(ctx context.Context, actor event.Actor) (ticket.Counts, error)
	Requesters(ctx context.Context, actor event.Actor) ([]ticket.Person, error)
	Reviewers(ctx context.Context, actor event.Actor) ([]ticket.Person, error)
	Log(ctx context.Context, actor event.Actor, id int64, after ticket.LogPlace, limit int) ([]ticket.LogLine, error)
}

type ticketReadHandlers struct {
	tickets ticketReader
	cursors cursors
	log     *slog.Logger
}

var ticketStates = []string{string(ticket.PendingReview), string(ticket.Rejected), string(ticket.Withdrawn), string(ticket.Queued),
	string(ticket.Running), string(ticket.Succeeded), string(ticket.Failed), string(ticket.Cancelled), string(ticket.NeedsAttention),
	string(ticket.Undoing), string(ticket.Undone)}

// list
//
//	@Summary		Tickets, mine or all by role
//	@Description	Pages by cursor: take next_cursor of a page with the same filters. A cursor lives for an hour.
//	@ID				listTickets
//	@Tags			tickets
//	@Produce		json
//	@Param			q				query		string		false	"words in number, title, instance, database, requester"
//	@Param			state			query		[]string	false	"one or more states"	collectionFormat(multi)	Enums(pending_review,rejected,withdrawn,queued,running,succeeded,failed,cancelled,needs_attention,undoing,undone)
//	@Param			environment_id	query		int			false	"source or target in it"	format(int64)
//	@Param			instance_id		query		int			false	"source or target on it"	format(int64)
//	@Param			database		query		string		false	"source or target"
//	@Param			requester_id	query		int			false	"submitted by"	format(int64)
//	@Param			to_review		query		string		false	"only what I may approve"	Enums(false,true)
//	@Param			since			query		string		false	"submitted at or after"	format(date-time)
//	@Param			until			query		string		false	"submitted before"		format(date-time)
//	@Param			finished_since	query		string		false	"ended at or after"		format(date-time)
//	@Param			sort			query		string		false	"newest first, or oldest"	Enums(-id,id)
//	@Param			limit			query		int			false	"rows a page"	minimum(1)	maximum(200)	default(50)
//	@Param			cursor			query		string		false	"from the page before"
//	@Success		200				{object}	TicketPage
//	@Failure		400,401,403		{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/tickets [get]
func (h ticketReadHandlers) list(c *gin.Context) error {
	who := actor(c)
	q := newQuery(c)
	filter := ticketFilter(q, who)
	page := ticket.Page{Limit: q.limit()}
	bound := scope(who.UserID, c.FullPath(), q.values)
	page.After = q.cursor(h.cursors, bound)
	if err := q.err(); err != nil {
		return err
	}
	found, err := h.tickets.List(c.Request.Context(), who, filter, page)
	if err != nil {
		return err
	}
	answer := TicketPage{Items: each(found, ticketOf)}
	if len(found) == page.Limit {
		answer.NextCursor = h.cursors.encode(bound, found[len(found)-1].ID)
	}
	c.JSON(http.StatusOK, answer)
	return nil
}

// ticketFilter reads the filters that the list and its export share.
func ticketFilter(q *query, who event.Actor) ticket.Filter {
	filter := ticket.Filter{Query: q.text("q"), EnvironmentID: q.id("environment_id"), InstanceID: q.id("instance_id"),
		Database: q.text("database"), RequesterID: q.id("requester_id"), Since: q.time("since"), Until: q.time("until"),
		FinishedSince: q.time("finished_since"), Ascending: q.oneOf("sort", "-id", "id") == "id"}
	for _, state := range q.list("state", ticketStates) {
		filter.States = append(filter.States, ticket.State(state))
	}
	if q.oneOf("to_review", "false", "true") == "true" {
		filter.ReviewableBy = who.UserID
	}
	return filter
}

// get
//
//	@Summary	A ticket
//	@ID			getTicket
//	@Tags		tickets
//	@Produce	json
//	@Param		id				path		int	true	"ticket"	format(int64)
//	@Success	200				{object}	TicketDetail
//	@Failure	400,401,403,404	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/{id} [get]
func (h ticketReadHandlers) get(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	found, err := h.tickets.Get(c.Request.Context(), actor(c), id)
	return answerTicket(c, http.StatusOK, found, err)
}

// history
//
//	@Summary	The story of a ticket
//	@ID			getTicketHistory
//	@Tags		tickets
//	@Produce	json
//	@Param		id				path		int	true	"ticket"	format(int64)
//	@Success	200				{object}	EventList
//	@Failure	400,401,403,404	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/{id}/history [get]
func (h ticketReadHandlers) history(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	story, err := h.tickets.History(c.Request.Context(), actor(c), id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, EventList{Items: each(story, eventOf)})
	return nil
}

// counts
//
//	@Summary	How many tickets each tab has
//	@ID			countTickets
//	@Tags		tickets
//	@Produce	json
//	@Success	200			{object}	TicketCounts
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/counts [get]
func (h ticketReadHandlers) counts(c *gin.Context) error {
	if err := noQuery(c); err != nil {
		return err
	}
	counts, err := h.tickets.Counts(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, TicketCounts(counts))
	return nil
}

func answerTicket(c *gin.Context, status int, v ticket.View, err error) error {
	if err != nil {
		return err
	}
	c.JSON(status, ticketDetailOf(v))
	return nil
}

// cursor reads the position in a list, 0 for the first page.
func (q *query) cursor(cursors cursors, scope string) int64 {
	q.read["cursor"] = true
	s := q.values.Get("cursor")
	if s == "" {
		return 0
	}
	after, ok := cursors.decode(scope, s)
	if !ok || len(q.values["cursor"]) > 1 {
		q.bad = append(q.bad, fault.Field{Name: "cursor", Code: "bad_cursor",
			Message: "This cursor is too old or belongs to another list. Start again without it."})
	}
	return after
}
