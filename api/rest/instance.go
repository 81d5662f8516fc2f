package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/inventory"
	"overmind/pkg/secret"
)

// Inventory is everything about servers; each handler uses its part.
type Inventory interface {
	environmentService
	instanceService
	serverService
}

type instanceService interface {
	List(ctx context.Context, actor event.Actor, f inventory.Filter) ([]inventory.Instance, error)
	Get(ctx context.Context, actor event.Actor, id int64) (inventory.Instance, error)
	Create(ctx context.Context, actor event.Actor, in inventory.Instance, p inventory.Passwords) (inventory.Instance, error)
	Update(ctx context.Context, actor event.Actor, id int64, version int, p inventory.InstancePatch, pw inventory.Passwords) (inventory.Instance, error)
	Delete(ctx context.Context, actor event.Actor, id int64, version int) error
}

// Instance is a database server.
type Instance struct {
	ID                int64             `json:"id"`
	Name              string            `json:"name"`
	EnvironmentID     int64             `json:"environment_id"`
	Host              string            `json:"host"`
	Port              int               `json:"port"`
	Flavour           string            `json:"flavour" example:"mariadb"` // detected; empty until the first test
	ServerVersion     string            `json:"server_version"`
	TLS               string            `json:"tls" enums:"off,preferred,required,verify-ca,verify-full"`
	TLSCA             string            `json:"tls_ca"` // PEM
	ReadAccount       Account           `json:"read_account"`
	LoadAccount       Account           `json:"load_account"`
	Labels            map[string]string `json:"labels"`
	Owner             string            `json:"owner"`
	WorkerGroup       string            `json:"worker_group"`
	Disabled          bool              `json:"disabled"`
	Limits            InstanceLimits    `json:"limits"`
	Version           int               `json:"version"`
	ConnectionVersion int               `json:"connection_version"`
	Health            string            `json:"health" enums:"unknown,up,down"`
	HealthMessage     string            `json:"health_message"`
	HealthAt          *time.Time        `json:"health_at,omitempty" format:"date-time"`
	CreatedAt         time.Time         `json:"created_at" format:"date-time"`
	UpdatedAt         time.Time         `json:"updated_at" format:"date-time"`
}

// Account is an account on an instance. Its password can be set and never read.
type Account struct {
	User        string `json:"user"`
	HasPassword bool   `json:"has_password"`
}

// InstanceLimits bound what all copies together take from an instance. 0 is no bound, except for the connections.
type InstanceLimits struct {
	Connections        int `json:"connections" binding:"required" minimum:"6" maximum:"10000"` // a copy takes 6 to 14 of them, or waits
	MegabytesPerSecond int `json:"megabytes_per_second" minimum:"0" maximum:"100000"`          // shared evenly by the copies that run
	ThreadsRunning     int `json:"threads_running" minimum:"0" maximum:"100000"`               // copies pause while more statements of others run
	LagSeconds         int `json:"lag_seconds" minimum:"0" maximum:"86400"`                    // copies pause while it is a replica that is further behind
}

// InstanceList is the instances that match.
type InstanceList struct {
	Items []Instance `json:"items"`
}

// InstanceDraft is a new instance. The read account is used where it is a source, the load account where it is a target.
type InstanceDraft struct {
	Name          string            `json:"name" binding:"required"`
	EnvironmentID int64             `json:"environment_id" binding:"required"`
	Host          string            `json:"host" binding:"required"`
	Port          int               `json:"port" binding:"required"`
	TLS           string            `json:"tls,omitempty" enums:"off,preferred,required,verify-ca,verify-full"`
	TLSCA         string            `json:"tls_ca,omitempty"`
	ReadUser      string            `json:"read_user,omitempty"`
	ReadPassword  secret.String     `json:"read_password,omitempty" swaggertype:"string" format:"password"`
	LoadUser      string            `json:"load_user,omitempty"`
	LoadPassword  secret.String     `json:"load_password,omitempty" swaggertype:"string" format:"password"`
	Labels        map[string]string `json:"labels,omitempty"`
	Owner         string            `json:"owner,omitempty"`
	WorkerGroup   string            `json:"worker_group,omitempty"`
	Limits        *InstanceLimits   `json:"limits,omitempty"`
}

// InstancePatch changes what it names, where the version is still the one given. A new host, port, user or TLS setting
// without a password blanks the stored one.
type InstancePatch struct {
	Version       int                `json:"version" binding:"required,min=1"`
	Name          *string            `json:"name,omitempty"`
	EnvironmentID *int64             `json:"environment_id,omitempty"`
	Host          *string            `json:"host,omitempty"`
	Port          *int               `json:"port,omitempty"`
	TLS           *string            `json:"tls,omitempty" enums:"off,preferred,required,verify-ca,verify-full"`
	TLSCA         *string            `json:"tls_ca,omitempty"`
	ReadUser      *string            `json:"read_user,omitempty"`
	ReadPassword  secret.String      `json:"read_password,omitempty" swaggertype:"string" format:"password"`
	LoadUser      *string            `json:"load_user,omitempty"`
	LoadPassword  secret.String      `json:"load_password,omitempty" swaggertype:"string" format:"password"`
	Labels        *map[string]string `json:"labels,omitempty"`
	Owner         *string            `json:"owner,omitempty"`
	WorkerGroup   *string            `json:"worker_group,omitempty"`
	Disabled      *bool              `json:"disabled,omitempty"`
	Limits        *InstanceLimits    `json:"limits,omitempty"` // all of them
}

type instanceHandlers struct{ inventory instanceService }

// list
//
//	@Summary	Instances
//	@ID			listInstances
//	@Tags		inventory
//	@Produce	json
//	@Param		environment_id	query		int		false	"in this environment"	format(int64)
//	@Param		q				query		string	false	"part of the name or host"
//	@Success	200				{object}	InstanceList
//	@Failure	400,401,403		{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/instances [get]
func (h instanceHandlers) list(c *gin.Context) error {
	q := newQuery(c)
	filter := inventory.Filter{EnvironmentID: q.id("environment_id"), Query: q.text("q")}
	if err := q.err(); err != nil {
		return err
	}
	found, err := h.inventory.List(c.Request.Context(), actor(c), filter)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, InstanceList{Items: each(found, instanceOf)})
	return nil
}

// get
//
//	@Summary	An instance
//	@ID			getInstance
//	@Tags		inventory
//	@Produce	json
//	@Param		id				path		int	true	"instance"	format(int64)
//	@Success	200				{object}	Instance
//	@Failure	400,401,403,404	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/instances/{id} [get]
func (h instanceHandlers) get(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	found, err := h.inventory.Get(c.Request.Context(), actor(c), id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, instanceOf(found))
	return nil
}

// create
//
//	@Summary	Add an instance
//	@ID			createInstance
//	@Tags		inventory
//	@Accept		json
//	@Produce	json
//	@Param		body	body		InstanceDraft	true	"the instance"
//	@Success	201		{object}	Instance
//	@Failure	400,401,403,409,413,415,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/instances [post]
func (h instanceHandlers) create(c *gin.Context) error {
	var in InstanceDraft
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	made, err := h.inventory.Create(c.Request.Context(), actor(c), in.instance(), in.passwords())
	if err != nil {
		return err
	}
	c.JSON(http.StatusCreated, instanceOf(made))
	return nil
}

// update
//
//	@Summary	Change an instance
//	@ID			updateInstance
//	@Tags		inventory
//	@Accept		json
//	@Produce	json
//	@Param		id		path		int				true	"instance"	format(int64)
//	@Param		body	body		InstancePatch	true	"what to change"
//	@Success	200		{object}	Instance
//	@Failure	400,401,403,404,409,413,415,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/instances/{id} [patch]
func (h instanceHandlers) update(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in InstancePatch
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	changed, err := h.inventory.Update(c.Request.Context(), actor(c), id, in.Version, inventory.InstancePatch{Name: in.Name,
		EnvironmentID: in.EnvironmentID, Host: in.Host, Port: in.Port, TLS: (*engine.TLSMode)(in.TLS), TLSCA: in.TLSCA,
		ReadUser: in.ReadUser, LoadUser: in.LoadUser, Labels: in.Labels, Owner: in.Owner, WorkerGroup: in.WorkerGroup,
		Disabled: in.Disabled, Limits: (*inventory.Limits)(in.Limits)}, inventory.Passwords{Read: in.ReadPassword, Load: in.LoadPassword})
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, instanceOf(changed))
	return nil
}

// remove
//
//	@Summary	Remove an instance that no ticket names
//	@ID			deleteInstance
//	@Tags		inventory
//	@Param		id		path	int	true	"instance"				format(int64)
//	@Param		version	query	int	true	"the version you saw"	minimum(1)
//	@Success	204
//	@Failure	400,401,403,404,409	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/instances/{id} [delete]
func (h instanceHandlers) remove(c *gin.Context) error {
	id, version, err := idAndVersion(c)
	if err != nil {
		return err
	}
	if err := h.inventory.Delete(c.Request.Context(), actor(c), id, version); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func (d InstanceDraft) instance() inventory.Instance {
	return inventory.Instance{Name: d.Name, EnvironmentID: d.EnvironmentID, Host: d.Host, Port: d.Port, TLS: engine.TLSMode(d.TLS),
		TLSCA: d.TLSCA, ReadAccount: inventory.Account{User: d.ReadUser}, LoadAccount: inventory.Account{User: d.LoadUser},
		Labels: d.Labels, Owner: d.Owner, WorkerGroup: d.WorkerGroup, Limits: d.limits()}
}

func (d InstanceDraft) limits() inventory.Limits {
	if d.Limits == nil {
		return inventory.DefaultLimits
	}
	return inventory.Limits(*d.Limits)
}

func (d InstanceDraft) passwords() inventory.Passwords {
	return inventory.Passwords{Read: d.ReadPassword, Load: d.LoadPassword}
}

func instanceOf(i inventory.Instance) Instance {
	labels := i.Labels
	if labels == nil {
		labels = map[string]string{}
	}
	return Instance{ID: i.ID, Name: i.Name, EnvironmentID: i.EnvironmentID, Host: i.Host, Port: i.Port, Flavour: string(i.Flavour),
		ServerVersion: i.ServerVersion, TLS: string(i.TLS), TLSCA: i.TLSCA, ReadAccount: Account(i.ReadAccount),
		LoadAccount: Account(i.LoadAccount), Labels: labels, Owner: i.Owner, WorkerGroup: i.WorkerGroup, Disabled: i.Disabled, Limits: InstanceLimits(i.Limits),
		Version: i.Version, ConnectionVersion: i.ConnectionVersion, Health: i.Health, HealthMessage: i.HealthMessage,
		HealthAt: optionalTime(i.HealthAt), CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt}
}
