package rest

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"overmind/pkg/account"
	"overmind/pkg/event"
)

type viewService interface {
	ListViews(ctx context.Context, actor event.Actor) ([]account.View, error)
	SaveView(ctx context.Context, actor event.Actor, name, query string) (account.View, error)
	DeleteView(ctx context.Context, actor event.Actor, id int64) error
}

// View is a set of filters over the tickets that I keep under a name.
type View struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Query string `json:"query"` // the query string of the page's address
}

// ViewDraft is a view to keep; one of the same name is replaced.
type ViewDraft struct {
	Name  string `json:"name" binding:"required"`
	Query string `json:"query"`
}

// ViewList is my views, by name.
type ViewList struct {
	Items []View `json:"items"`
}

type viewHandlers struct{ accounts viewService }

// list
//
//	@Summary	My views of the tickets
//	@ID			listViews
//	@Tags		tickets
//	@Produce	json
//	@Success	200			{object}	ViewList
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/views [get]
func (h viewHandlers) list(c *gin.Context) error {
	if err := noQuery(c); err != nil {
		return err
	}
	views, err := h.accounts.ListViews(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, ViewList{Items: each(views, viewOf)})
	return nil
}

// save
//
//	@Summary	Keep a view of the tickets
//	@ID			saveView
//	@Tags		tickets
//	@Accept		json
//	@Produce	json
//	@Param		body	body		ViewDraft	true	"name and filters"
//	@Success	200		{object}	View
//	@Failure	400,401,403,409,413,415,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/views [post]
func (h viewHandlers) save(c *gin.Context) error {
	var in ViewDraft
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	view, err := h.accounts.SaveView(c.Request.Context(), actor(c), in.Name, in.Query)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, viewOf(view))
	return nil
}

// remove
//
//	@Summary	Forget a view of the tickets
//	@ID			deleteView
//	@Tags		tickets
//	@Param		id	path	int	true	"view"	format(int64)
//	@Success	204
//	@Failure	400,401,403,404	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/views/{id} [delete]
func (h viewHandlers) remove(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := h.accounts.DeleteView(c.Request.Context(), actor(c), id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func viewOf(v account.View) View { return View{ID: v.ID, Name: v.Name, Query: v.Query} }
