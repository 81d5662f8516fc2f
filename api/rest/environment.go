package rest

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"overmind/pkg/event"
	"overmind/pkg/inventory"
)

type environmentService interface {
	ListEnvironments(ctx context.Context, actor event.Actor) ([]inventory.Environment, error)
	GetEnvironment(ctx context.Context, actor event.Actor, id int64) (inventory.Environment, error)
	CreateEnvironment(ctx context.Context, actor event.Actor, e inventory.Environment) (inventory.Environment, error)
	UpdateEnvironment(ctx context.Context, actor event.Actor, id int64, version int, p inventory.EnvironmentPatch) (inventory.Environment, error)
	DeleteEnvironment(ctx context.Context, actor event.Actor, id int64, version int) error
}

// Environment groups instances by risk; a higher rank is closer to production.
type Environment struct {
	ID                int64  `json:"id"`
	Name              string `json:"name"`
	Color             string `json:"color" example:"#c62828"`
	Rank              int    `json:"rank"`
	Protected         bool   `json:"protected"`
	MayBeSource       bool   `json:"may_be_source"`
	MayBeTarget       bool   `json:"may_be_target"`
	AllowSelfApproval bool   `json:"allow_self_approval"`
	Version           int    `json:"version"`
}

// EnvironmentList is every environment.
type EnvironmentList struct {
	Items []Environment `json:"items"`
}

// EnvironmentDraft is a new environment.
type EnvironmentDraft struct {
	Name              string `json:"name" binding:"required"`
	Color             string `json:"color" binding:"required" example:"#c62828"`
	Rank              int    `json:"rank,omitempty"`
	Protected         bool   `json:"protected,omitempty"`
	MayBeSource       bool   `json:"may_be_source,omitempty"`
	MayBeTarget       bool   `json:"may_be_target,omitempty"`
	AllowSelfApproval bool   `json:"allow_self_approval,omitempty"`
}

// EnvironmentPatch changes what it names, where the version is still the one given.
type EnvironmentPatch struct {
	Version           int     `json:"version" binding:"required,min=1"`
	Name              *string `json:"name,omitempty"`
	Color             *string `json:"color,omitempty"`
	Rank              *int    `json:"rank,omitempty"`
	Protected         *bool   `json:"protected,omitempty"`
	MayBeSource       *bool   `json:"may_be_source,omitempty"`
	MayBeTarget       *bool   `json:"may_be_target,omitempty"`
	AllowSelfApproval *bool   `json:"allow_self_approval,omitempty"`
}

type environmentHandlers struct{ inventory environmentService }

// list
//
//	@Summary	Environments
//	@ID			listEnvironments
//	@Tags		inventory
//	@Produce	json
//	@Success	200			{object}	EnvironmentList
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/environments [get]
func (h environmentHandlers) list(c *gin.Context) error {
	if err := noQuery(c); err != nil {
		return err
	}
	found, err := h.inventory.ListEnvironments(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, EnvironmentList{Items: each(found, environmentOf)})
	return nil
}

// get
//
//	@Summary	An environment
//	@ID			getEnvironment
//	@Tags		inventory
//	@Produce	json
//	@Param		id				path		int	true	"environment"	format(int64)
//	@Success	200				{object}	Environment
//	@Failure	400,401,403,404	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/environments/{id} [get]
func (h environmentHandlers) get(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	found, err := h.inventory.GetEnvironment(c.Request.Context(), actor(c), id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, environmentOf(found))
	return nil
}

// create
//
//	@Summary	Add an environment
//	@ID			createEnvironment
//	@Tags		inventory
//	@Accept		json
//	@Produce	json
//	@Param		body	body		EnvironmentDraft	true	"the environment"
//	@Success	201		{object}	Environment
//	@Failure	400,401,403,409,413,415,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/environments [post]
func (h environmentHandlers) create(c *gin.Context) error {
	var in EnvironmentDraft
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	made, err := h.inventory.CreateEnvironment(c.Request.Context(), actor(c), inventory.Environment{Name: in.Name, Color: in.Color, Rank: in.Rank,
		Protected: in.Protected, MayBeSource: in.MayBeSource, MayBeTarget: in.MayBeTarget, AllowSelfApproval: in.AllowSelfApproval})
	if err != nil {
		return err
	}
	c.JSON(http.StatusCreated, environmentOf(made))
	return nil
}

// update
//
//	@Summary	Change an environment
//	@ID			updateEnvironment
//	@Tags		inventory
//	@Accept		json
//	@Produce	json
//	@Param		id		path		int					true	"environment"	format(int64)
//	@Param		body	body		EnvironmentPatch	true	"what to change"
//	@Success	200		{object}	Environment
//	@Failure	400,401,403,404,409,413,415,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/environments/{id} [patch]
func (h environmentHandlers) update(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in EnvironmentPatch
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	changed, err := h.inventory.UpdateEnvironment(c.Request.Context(), actor(c), id, in.Version, inventory.EnvironmentPatch{Name: in.Name,
		Color: in.Color, Rank: in.Rank, Protected: in.Protected, MayBeSource: in.MayBeSource, MayBeTarget: in.MayBeTarget,
		AllowSelfApproval: in.AllowSelfApproval})
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, environmentOf(changed))
	return nil
}

// remove
//
//	@Summary	Remove an environment that no instance is in
//	@ID			deleteEnvironment
//	@Tags		inventory
//	@Param		id		path	int	true	"environment"			format(int64)
//	@Param		version	query	int	true	"the version you saw"	minimum(1)
//	@Success	204
//	@Failure	400,401,403,404,409	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/environments/{id} [delete]
func (h environmentHandlers) remove(c *gin.Context) error {
	id, version, err := idAndVersion(c)
	if err != nil {
		return err
	}
	if err := h.inventory.DeleteEnvironment(c.Request.Context(), actor(c), id, version); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func environmentOf(e inventory.Environment) Environment {
	return Environment{ID: e.ID, Name: e.Name, Color: e.Color, Rank: e.Rank, Protected: e.Protected, MayBeSource: e.MayBeSource,
		MayBeTarget: e.MayBeTarget, AllowSelfApproval: e.AllowSelfApproval, Version: e.Version}
}
