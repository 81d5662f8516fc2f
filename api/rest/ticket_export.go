package rest

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
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
	next := func(after int64) ([]ticket.View, error) {
		return h.tickets.List(c.Request.Context(), who, filter, ticket.Page{After: after, Limit: maxLimit})
	}
	page, err := next(0)
	if err != nil {
		return err
	}
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="tickets.csv"`)
	c.Status(http.StatusOK)
	if _, err := c.Writer.WriteString("\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(c.Writer)
	w.UseCRLF = true
	_ = w.Write(exportColumns) // an error is kept and given by Error
	for written := 0; len(page) > 0; {
		for _, v := range page[:min(len(page), exportLimit-written)] {
			_ = w.Write(exportRow(v))
			written++
		}
		if written == exportLimit && len(page) == maxLimit {
			_ = w.Write([]string{"", fmt.Sprintf("Only the first %d tickets are here; narrow the filters.", exportLimit)})
			break
		}
		w.Flush()
		if err := w.Error(); err != nil {
			return err
		}
		c.Writer.Flush()
		if len(page) < maxLimit {
			break
		}
		if page, err = next(page[len(page)-1].ID); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func exportRow(v ticket.View) []string {
	t := ticketOf(v)
	row := []string{strconv.FormatInt(t.ID, 10), t.Title, t.State, t.Kind}
	for _, place := range []*Place{t.Source, t.Target} {
		if place == nil {
			place = &Place{}
		}
		row = append(row, place.EnvironmentName, place.InstanceName, place.Database)
	}
	row = append(row, strings.Join(t.Tables, " "), t.Requester.Name, v.ReviewerName, csvTime(&t.SubmittedAt), csvTime(t.ApprovedAt),
		csvTime(t.StartedAt), csvTime(t.FinishedAt), t.FailureCode, t.Failure)
	for i, value := range row {
		row[i] = notFormula(value)
	}
	return row
}

// notFormula keeps a spreadsheet from computing what somebody typed.
func notFormula(value string) string {
	if value != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(value)[0]) {
		return "'" + value
	}
	return value
}

func csvTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
