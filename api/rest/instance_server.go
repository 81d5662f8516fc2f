package rest

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/inventory"
)

// serverService asks the database servers themselves.
type serverService interface {
	Test(ctx context.Context, actor event.Actor, id int64) ([]inventory.TestResult, error)
	TestNew(ctx context.Context, actor event.Actor, in inventory.Instance, p inventory.Passwords) ([]inventory.TestResult, error)
	Databases(ctx context.Context, actor event.Actor, id int64) ([]engine.Database, error)
	Tables(ctx context.Context, actor event.Actor, id int64, database string) ([]engine.Table, error)
	Grants(ctx context.Context, actor event.Actor, id int64, database string) (read, load []string, err error)
}

// Text is one sentence in both languages.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// ConnectionTest is what one account met on the server.
type ConnectionTest struct {
	Role          string   `json:"role" enums:"read,load"`
	OK            bool     `json:"ok"`
	Code          string   `json:"code" example:"auth_failed"`
	Message       Text     `json:"message"`
	Flavour       string   `json:"flavour"`
	ServerVersion string   `json:"server_version"`
	Missing       []string `json:"missing"` // GRANT statements still needed
}

// ConnectionTests is one result for each account.
type ConnectionTests struct {
	Items []ConnectionTest `json:"items"`
}

// Database is a database on a server; Bytes is an estimate.
type Database struct {
	Name   string `json:"name"`
	Tables int    `json:"tables"`
	Bytes  int64  `json:"bytes"`
}

// DatabaseList is the databases of a server, as they are now.
type DatabaseList struct {
	Items []Database `json:"items"`
}

// Table is a table or view; Rows and Bytes are estimates.
type Table struct {
	Name   string `json:"name"`
	Kind   string `json:"kind" enums:"table,view"`
	Engine string `json:"engine"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
}

// TableList is the tables of a database, as they are now.
type TableList struct {
	Items []Table `json:"items"`
}

// Grants are the statements that give the two accounts what they need.
type Grants struct {
	Read []string `json:"read"`
	Load []string `json:"load"`
}

type serverHandlers struct{ inventory serverService }

// test
//
//	@Summary	Test the accounts of an instance
//	@ID			testInstance
//	@Tags		inventory
//	@Produce	json
//	@Param		id						path		int	true	"instance"	format(int64)
//	@Success	200						{object}	ConnectionTests
//	@Failure	400,401,403,404,422,503	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/instances/{id}/test [post]
func (h serverHandlers) test(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	results, err := h.inventory.Test(c.Request.Context(), actor(c), id)
	return answerTests(c, results, err)
}

// testNew
//
//	@Summary	Test an instance before adding it
//	@ID			testNewInstance
//	@Tags		inventory
//	@Accept		json
//	@Produce	json
//	@Param		body	body		InstanceDraft	true	"the instance"
//	@Success	200		{object}	ConnectionTests
//	@Failure	400,401,403,413,415,422,503	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/instances/test [post]
func (h serverHandlers) testNew(c *gin.Context) error {
	var in InstanceDraft
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	results, err := h.inventory.TestNew(c.Request.Context(), actor(c), in.instance(), in.passwords())
	return answerTests(c, results, err)
}

func answerTests(c *gin.Context, results []inventory.TestResult, err error) error {
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, ConnectionTests{Items: each(results, func(r inventory.TestResult) ConnectionTest {
		return ConnectionTest{Role: string(r.Role), OK: r.OK, Code: r.Code, Message: Text(r.Message),
			Flavour: string(r.Server.Flavour), ServerVersion: r.Server.Version, Missing: listed(r.Missing)}
	})})
	return nil
}

// databases
//
//	@Summary	Databases of an instance, asked live
//	@ID			listDatabases
//	@Tags		inventory
//	@Produce	json
//	@Param		id						path		int	true	"instance"	format(int64)
//	@Success	200						{object}	DatabaseList
//	@Failure	400,401,403,404,422,503	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/instances/{id}/databases [get]
func (h serverHandlers) databases(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := noQuery(c); err != nil {
		return err
	}
	found, err := h.inventory.Databases(c.Request.Context(), actor(c), id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, DatabaseList{Items: each(found, func(d engine.Database) Database { return Database(d) })})
	return nil
}

// tables
//
//	@Summary	Tables of a database, asked live
//	@ID			listTables
//	@Tags		inventory
//	@Produce	json
//	@Param		id						path		int		true	"instance"	format(int64)
//	@Param		database				query		string	true	"database"
//	@Success	200						{object}	TableList
//	@Failure	400,401,403,404,422,503	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/instances/{id}/tables [get]
func (h serverHandlers) tables(c *gin.Context) error {
	id, database, err := idAndDatabase(c)
	if err != nil {
		return err
	}
	found, err := h.inventory.Tables(c.Request.Context(), actor(c), id, database)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, TableList{Items: each(found, func(t engine.Table) Table { return Table(t) })})
	return nil
}

// grants
//
//	@Summary	The GRANT statements that the accounts of an instance need
//	@ID			getGrants
//	@Tags		inventory
//	@Produce	json
//	@Param		id						path		int		true	"instance"	format(int64)
//	@Param		database				query		string	true	"database to copy from or to"
//	@Success	200						{object}	Grants
//	@Failure	400,401,403,404,422,503	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/instances/{id}/grants [get]
func (h serverHandlers) grants(c *gin.Context) error {
	id, database, err := idAndDatabase(c)
	if err != nil {
		return err
	}
	read, load, err := h.inventory.Grants(c.Request.Context(), actor(c), id, database)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, Grants{Read: listed(read), Load: listed(load)})
	return nil
}

func idAndDatabase(c *gin.Context) (id int64, database string, err error) {
	if id, err = pathID(c, "id"); err != nil {
		return 0, "", err
	}
	q := newQuery(c)
	if database = q.text("database"); database == "" {
		q.fail("database", "required", "Name a database.")
	}
	return id, database, q.err()
}
