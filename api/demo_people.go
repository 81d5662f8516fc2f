package main

import (
	"context"
	"fmt"
	"net/http"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
)

// demoPeople are the three users, each with a client of their own.
type demoPeople struct{ user, dba, admin *apiClient }

// demoPlaces are the ids of the two instances in the inventory.
type demoPlaces struct{ production, test int64 }

func (d *demo) createPeople(ctx context.Context, adminPassword secret.String) error {
	d.step("Creating three users")
	own := randomPassword()
	d.people.admin = &apiClient{url: d.url}
	if err := d.people.admin.signIn(ctx, "admin", adminPassword.Reveal(), own); err != nil {
		return err
	}
	d.say("      admin   %s   (administrator)", own)
	for _, person := range []struct {
		name, display, role, language string
		client                        **apiClient
	}{
		{"wei", "Li Wei 李伟", "dba", "zh", &d.people.dba},
		{"uma", "Uma Rao", "user", "en", &d.people.user},
	} {
		oneTime, own := randomPassword(), randomPassword()
		err := d.people.admin.call(ctx, http.MethodPost, "/users", map[string]any{"username": person.name, "display_name": person.display,
			"email": person.name + "@example.com", "role": person.role, "language": person.language, "password": oneTime}, nil)
		if err != nil {
			return err
		}
		*person.client = &apiClient{url: d.url}
		if err := (*person.client).signIn(ctx, person.name, oneTime, own); err != nil {
			return err
		}
		d.say("      %-7s %s   (%s)", person.name, own, person.role)
	}
	return nil
}

func (d *demo) createInventory(ctx context.Context) error {
	d.step("Registering the production and the test server")
	for _, place := range []struct {
		name, color string
		rank        int
		protected   bool
		mayBeTarget bool
		server      *localdb.Server
		id          *int64
	}{
		{"production", "#b3261e", 30, true, false, d.servers.production, &d.places.production},
		{"test", "#17703a", 10, false, true, d.servers.test, &d.places.test},
	} {
		var environment struct {
			ID int64 `json:"id"`
		}
		err := d.people.dba.call(ctx, http.MethodPost, "/environments", map[string]any{"name": place.name, "color": place.color, "rank": place.rank,
			"protected": place.protected, "may_be_source": true, "may_be_target": place.mayBeTarget}, &environment)
		if err != nil {
			return err
		}
		if *place.id, err = d.registerInstance(ctx, "shop-"+place.name, environment.ID, place.server); err != nil {
			return err
		}
	}
	d.done("each with a read account and a load account that have just the rights Overmind asks for")
	return nil
}

// registerInstance adds a server, creates its two accounts with the very statements that the API prints, and tests the
// connection.
func (d *demo) registerInstance(ctx context.Context, name string, environment int64, server *localdb.Server) (int64, error) {
	readPassword, loadPassword := randomPassword(), randomPassword()
	for user, password := range map[string]string{"om_read": readPassword, "om_load": loadPassword} {
		if err := execute(ctx, server, "CREATE USER "+user+"@'%' IDENTIFIED BY '"+password+"'"); err != nil {
			return 0, err
		}
	}
	var instance struct {
		ID int64 `json:"id"`
	}
	err := d.people.dba.call(ctx, http.MethodPost, "/instances", map[string]any{"name": name, "environment_id": environment, "host": server.Host,
		"port": server.Port, "read_user": "om_read", "read_password": readPassword, "load_user": "om_load", "load_password": loadPassword}, &instance)
	if err != nil {
		return 0, err
	}
	return instance.ID, d.grant(ctx, instance.ID, server)
}

// grant lets the first test find out what kind of server it is, gives the accounts the rights that are then printed for
// it, and tests again.
func (d *demo) grant(ctx context.Context, id int64, server *localdb.Server) error {
	if _, err := d.testConnection(ctx, id); err != nil {
		return err
	}
	for _, database := range []string{shopDatabase, sensorDatabase, reportDatabase} {
		var grants struct {
			Read []string `json:"read"`
			Load []string `json:"load"`
		}
		path := fmt.Sprintf("/instances/%d/grants?database=%s", id, database)
		if err := d.people.dba.call(ctx, http.MethodGet, path, nil, &grants); err != nil {
			return err
		}
		if err := execute(ctx, server, append(grants.Read, grants.Load...)...); err != nil {
			return err
		}
	}
	problem, err := d.testConnection(ctx, id)
	if err == nil && problem != "" {
		err = fmt.Errorf("connection test: %s", problem)
	}
	return err
}

// testConnection returns what is wrong with an instance's accounts, in words.
func (d *demo) testConnection(ctx context.Context, id int64) (problem string, err error) {
	var tests struct {
		Items []struct {
			OK      bool        `json:"ok"`
			Message engine.Text `json:"message"`
		} `json:"items"`
	}
	err = d.people.dba.call(ctx, http.MethodPost, fmt.Sprintf("/instances/%d/test", id), nil, &tests)
	for _, test := range tests.Items {
		if !test.OK {
			problem = test.Message.EN
		}
	}
	return problem, err
}
