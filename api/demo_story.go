package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"overmind/pkg/compare"
	"overmind/pkg/engine"
)

const reportDatabase = "shop_report"

// demoTicket is what the demonstration reads of a ticket.
type demoTicket struct {
	ID        int64           `json:"id"`
	State     string          `json:"state"`
	Version   int             `json:"version"`
	SpecHash  string          `json:"spec_hash"`
	Phase     string          `json:"phase"`
	Progress  engine.Progress `json:"progress"`
	Failure   string          `json:"failure"`
	Report    engine.Report   `json:"report"`
	Preflight struct {
		Blocked      bool   `json:"blocked"`
		FindingsHash string `json:"findings_hash"`
		Findings     []struct {
			Level   string      `json:"level"`
			Code    string      `json:"code"`
			Message engine.Text `json:"message"`
			Remedy  engine.Text `json:"remedy"`
		} `json:"findings"`
	} `json:"preflight"`
}

func (d *demo) copyWholeDatabase(ctx context.Context) error {
	d.say("\nTicket 1: the whole shop from production to test")
	t, err := d.submit(ctx, "Refresh the test shop", shopDatabase, shopDatabase, engine.ExecutorAuto)
	if err != nil {
		return err
	}
	if err := d.people.user.call(ctx, http.MethodPost, fmt.Sprintf("/tickets/%d/approve", t.ID), approvalOf(t), nil); err == nil {
		return errors.New("the requester could approve")
	} else {
		d.say("  Uma tries to approve it herself: %v", err)
	}
	return d.approveAndFollow(ctx, t, shopDatabase)
}

func (d *demo) copyTwoTables(ctx context.Context) error {
	d.say("\nTicket 2: two tables into another database")
	tables := []string{"customers", "orders"}
	t, err := d.submit(ctx, "Customers and orders for the report", shopDatabase, reportDatabase, engine.ExecutorAuto, tables...)
	if err != nil {
		return err
	}
	return d.approveAndFollow(ctx, t, reportDatabase, tables...)
}

// rejectBlocked shows a ticket that preflight blocks, that it cannot be approved, and how it ends.
func (d *demo) rejectBlocked(ctx context.Context) error {
	d.say("\nTicket 3: by mysqldump, which would round some values")
	t, err := d.submit(ctx, "Sensor data for the test", sensorDatabase, sensorDatabase, engine.ExecutorPipe)
	if err != nil {
		return err
	}
	if !t.Preflight.Blocked {
		return errors.New("preflight did not block the sensors")
	}
	err = d.people.dba.call(ctx, http.MethodPost, fmt.Sprintf("/tickets/%d/approve", t.ID), approvalOf(t), nil)
	var problem *apiProblem
	if !errors.As(err, &problem) {
		return fmt.Errorf("approving a blocked ticket: %w", err)
	}
	d.say("  Wei tries to approve it: %v", problem)
	err = d.people.dba.call(ctx, http.MethodPost, fmt.Sprintf("/tickets/%d/reject", t.ID),
		map[string]any{"version": t.Version, "reason": "FLOAT values would be rounded; see the finding."}, &t)
	if err != nil {
		return err
	}
	d.say("  Wei rejects it: %s", t.State)
	return nil
}

func (d *demo) submit(ctx context.Context, title, source, target string, executor engine.Executor, tables ...string) (demoTicket, error) {
	spec := map[string]any{"source": map[string]any{"instance_id": d.places.production, "database": source},
		"target": map[string]any{"instance_id": d.places.test, "database": target}, "executor": executor}
	if len(tables) > 0 {
		spec["tables"] = tables
	}
	var t demoTicket
	err := d.people.user.call(ctx, http.MethodPost, "/tickets",
		map[string]any{"kind": "migration", "title": title, "reason": "Part of the demonstration", "spec": spec}, &t)
	if err != nil {
		return t, err
	}
	d.say("  Uma submits #%d: %s", t.ID, t.State)
	for _, f := range t.Preflight.Findings {
		d.say("    %-7s %s: %s", f.Level, f.Code, f.Message.EN)
		if f.Level == "block" {
			d.say("            %s", f.Remedy.EN)
		}
	}
	return t, nil
}

func approvalOf(t demoTicket) map[string]any {
	return map[string]any{"version": t.Version, "spec_hash": t.SpecHash, "findings_hash": t.Preflight.FindingsHash}
}

func (d *demo) approveAndFollow(ctx context.Context, t demoTicket, target string, tables ...string) error {
	if err := d.people.dba.call(ctx, http.MethodPost, fmt.Sprintf("/tickets/%d/approve", t.ID), approvalOf(t), &t); err != nil {
		return err
	}
	d.say("  Wei approves it: %s", t.State)
	if err := d.follow(ctx, &t); err != nil {
		return err
	}
	if t.State != "succeeded" {
		return fmt.Errorf("ticket #%d ended as %s: %s", t.ID, t.State, t.Failure)
	}
	d.showEvidence(t.Report)
	return d.prove(ctx, target, tables)
}

// showEvidence prints what the ticket keeps of its run.
func (d *demo) showEvidence(r engine.Report) {
	var rows, bytes int64
	by := map[engine.Executor]int{}
	for _, t := range r.Tables {
		rows, bytes = rows+t.Rows, bytes+t.Bytes
		by[t.Executor]++
	}
	d.say("  Verified by the run: %d rows sent = %d rows stored, %.1f MB in %.1f s; tables by executor: %v", rows, rows,
		float64(bytes)/1e6, r.Finished.Sub(r.Started).Seconds(), by)
}

// follow shows the ticket's progress until it has ended.
func (d *demo) follow(ctx context.Context, t *demoTicket) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	bar := newProgressBar(d.out)
	defer bar.end()
	for {
		if err := d.people.user.call(ctx, http.MethodGet, fmt.Sprintf("/tickets/%d", t.ID), nil, t); err != nil {
			return err
		}
		bar.show(t.State, t.Progress)
		if t.State != "queued" && t.State != "running" {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// prove compares both sides by plain SQL, which shares nothing with the engine that copied.
func (d *demo) prove(ctx context.Context, target string, tables []string) error {
	source, copied := d.servers.production.DB(""), d.servers.test.DB("")
	defer func() { _, _ = source.Close(), copied.Close() }()
	objects, err := compare.Databases(ctx, compare.Side{DB: source, Database: shopDatabase}, compare.Side{DB: copied, Database: target}, tables...)
	if err != nil {
		return err
	}
	d.say("  Comparison by plain SQL on both servers:")
	for _, o := range objects {
		verdict, rows := "equal", ""
		if o.Difference != "" {
			verdict = "DIFFERENT: " + o.Difference
		}
		if o.Kind == "table" {
			rows = fmt.Sprintf("%d = %d rows", o.SourceRows, o.TargetRows)
		}
		d.say("    %-9s %-22s %-22s %s  %s  %s", o.Kind, o.Name, rows, o.SourceHash, o.TargetHash, verdict)
	}
	if different := compare.Different(objects); len(different) > 0 {
		return fmt.Errorf("%d objects differ", len(different))
	}
	return nil
}
