package rest

import (
	"encoding/json"
	"math"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/ticket"
)

const logPage = 500

// LogLine is one line of what a run said while it worked. Lines are numbered within their attempt.
type LogLine struct {
	Attempt int             `json:"attempt"`
	Line    int             `json:"line"`
	At      time.Time       `json:"at" format:"date-time"`
	Level   string          `json:"level" enums:"info,warn,error"`
	Message string          `json:"message" example:"table loaded"`
	Data    json.RawMessage `json:"data,omitempty" swaggertype:"object"` // the values that the message speaks of
}

// LogPage is a part of a ticket's log, oldest first; more says that there are lines after it.
type LogPage struct {
	Items []LogLine `json:"items"`
	More  bool      `json:"more"`
}

// runLog
//
//	@Summary		What the runs of a ticket say while they work
//	@Description	At most 500 lines after the one named; an attempt leaves at most 5000.
//	@ID				getTicketLog
//	@Tags			tickets
//	@Produce		json
//	@Param			id				path		int	true	"ticket"						format(int64)
//	@Param			attempt			query		int	false	"of the last line that was read"	format(int64)
//	@Param			line			query		int	false	"the last line that was read"	format(int64)
//	@Success		200				{object}	LogPage
//	@Failure		400,401,403,404	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/tickets/{id}/log [get]
func (h ticketReadHandlers) runLog(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	q := newQuery(c)
	after := ticket.LogPlace{Attempt: int(min(q.id("attempt"), math.MaxInt32)), Line: int(min(q.id("line"), math.MaxInt32))}
	if err := q.err(); err != nil {
		return err
	}
	lines, err := h.tickets.Log(c.Request.Context(), actor(c), id, after, logPage+1)
	if err != nil {
		return err
	}
	more := len(lines) > logPage
	c.JSON(http.StatusOK, LogPage{Items: each(lines[:min(len(lines), logPage)], lineOf), More: more})
	return nil
}

func lineOf(l ticket.LogLine) LogLine {
	return LogLine{Attempt: l.Attempt, Line: l.Line, At: l.At, Level: l.Level, Message: l.Message, Data: l.Data}
}
