package rest

import (
	"fmt"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/ticket"
)

// exportLimit is how many tickets one file may have: what a spreadsheet shows and a request's time allows.
const exportLimit = 10_000

var exportColumns = []string{"number", "title", "state", "kind", "source_environment", "source_instance", "source_database",
	"target_environment", "target_instance", "target_database", "tables", "requester", "reviewer", "submitted_at", "approved_at",
	"started_at", "finished_at", "failure_code", "failure"}

// export
//
//	@Summary		The list as a CSV file, with the same filters
//	@Description	UTF-8 with a byte order mark, for spreadsheets; a value that one would take for a formula begins with an apostrophe.
//	@Description	At most 10000 tickets: where more match, the last line has no number and says so.
//	@ID				exportTickets
//	@Tags			tickets
//	@Produce		text/csv
//	@Param			q				query	string		false	"words in number, title, instance, database, requester"
//	@Param			state			query	[]string	false	"one or more states"	collectionFormat(multi)	Enums(pending_review,rejected,withdrawn,queued,running,succeeded,failed,cancelled,needs_attention,undoing,undone)
//	@Param			environment_id	query	int			false	"source or target in it"	format(int64)
//	@Param			instance_id		query	int			false	"source or target on it"	format(int64)
//	@Param			database		query	string		false	"source or target"
//	@Param			requester_id	query	int			false	"submitted by"	format(int64)
//	@Param			to_review		query	string		false	"only what I may approve"	Enums(false,true)
//	@Param			since			query	string		false	"submitted at or after"	format(date-time)
//	@Param			until			query	string		false	"submitted before"		format(date-time)
//	@Param			finished_since	query	string		false	"ended at or after"		format(date-time)
//	@Param			sort			query	string		false	"newest first, or oldest"	Enums(-id,id)
//	@Success		200				{string}	string
//	@Failure		400,401,403		{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/tickets/export [get]
func (h ticketReadHandlers) export(c *gin.Context) error {
	who := actor(c)
	q := newQuery(c)
	filter := ticketFilter(q, who)
	if err := q.err(); err != nil {
		return err
	}
	return writeCSV(c, h.log, "tickets", exportColumns, func(add func(...string) error) error {
		written := 0
		for page := (ticket.Page{Limit: maxLimit}); ; {
			found, err := h.tickets.List(c.Request.Context(), who, filter, page)
			if err != nil {
				return err
			}
			for _, v := range found {
				if written++; written > exportLimit {
					return add("", fmt.Sprintf("Only the first %d tickets are here; narrow the filters.", exportLimit))
				}
				if err := add(exportRow(v)...); err != nil {
					return err
				}
			}
			if len(found) < maxLimit {
				return nil
			}
			page.After = found[len(found)-1].ID
		}
	})
}

func exportRow(v ticket.View) []string {
	t := ticketOf(v)
	row := []string{number(t.ID), t.Title, t.State, t.Kind}
	for _, place := range []*Place{t.Source, t.Target} {
		if place == nil {
			place = &Place{}
		}
		row = append(row, place.EnvironmentName, place.InstanceName, place.Database)
	}
	return append(row, strings.Join(t.Tables, " "), t.Requester.Name, v.ReviewerName, csvTime(&t.SubmittedAt), csvTime(t.ApprovedAt),
		csvTime(t.StartedAt), csvTime(t.FinishedAt), t.FailureCode, t.Failure)
}

func csvTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
