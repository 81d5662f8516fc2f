package account

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

const (
	viewLimit = 50 // a user
	viewName  = 60
	viewQuery = 500
)

// View is a set of filters over the tickets that somebody keeps under a name. Query is the address's query string;
// only the web application reads it.
type View struct {
	ID        int64
	UserID    int64
	Name      string
	Query     string
	CreatedAt time.Time
}

// ListViews gives one's own views by name.
func (s *Service) ListViews(ctx context.Context, actor event.Actor) ([]View, error) {
	return s.store.Views(ctx, actor.UserID)
}

// SaveView keeps a view; one of the same name is replaced. It fails with Conflict `too_many_views`.
func (s *Service) SaveView(ctx context.Context, actor event.Actor, name, query string) (View, error) {
	name = strings.TrimSpace(name)
	switch {
	case name == "" || !isLine(name) || utf8.RuneCountInString(name) > viewName:
		return View{}, fault.OnField("name", "not_valid", "Give the view a name of 1 to %d characters on one line.", viewName)
	case !isLine(query) || utf8.RuneCountInString(query) > viewQuery:
		return View{}, fault.OnField("query", "not_valid", "A view's query is one line of at most %d characters.", viewQuery)
	}
	return s.store.SaveView(ctx, View{UserID: actor.UserID, Name: name, Query: query}, viewLimit)
}

// DeleteView forgets one of one's own views. It fails with NotFound `view_not_found`.
func (s *Service) DeleteView(ctx context.Context, actor event.Actor, id int64) error {
	return s.store.DeleteView(ctx, actor.UserID, id)
}
