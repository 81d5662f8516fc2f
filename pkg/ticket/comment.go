package ticket

import (
	"context"

	"overmind/pkg/event"
)

// commentsPerHour is for one requester. Each is a message to many, through channels whose providers take 20 a minute.
const commentsPerHour = 300

// Comment adds a message to a ticket's history, whatever its state. It fails with TooMany `too_often`.
func (s *Service) Comment(ctx context.Context, actor event.Actor, id int64, text string) (View, error) {
	text, err := cleanText("text", text, true)
	if err != nil {
		return View{}, err
	}
	v, err := s.Get(ctx, actor, id)
	if err != nil {
		return View{}, err
	}
	return s.update(ctx, actor, v, ActionComment, func(t *Ticket) (Change, error) {
		c := change(actor, ActionComment, "commented", snapshot(t), t, map[string]any{"text": text})
		if !actor.IsStaff() {
			c.HourLimit = commentsPerHour
		}
		return c, nil
	})
}
