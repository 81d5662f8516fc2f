package engine

import (
	"context"
	"strings"
	"time"

	"overmind/pkg/engine/processlist"
)

const (
	watchEvery   = time.Second
	watchLimit   = 3 * time.Second // for one look at the servers
	limitsEvery  = 5 * time.Second // the owner is asked for new limits
	blindFor     = 10 * time.Second
	stalledAfter = 5 * time.Second
)

var (
	sourceSide = Text{EN: "source", ZH: "源端"}
	targetSide = Text{EN: "target", ZH: "目标端"}
)

// watcher looks at both servers while a run goes on: it shuts the gate where a limit is crossed, learns how far key
// builds are, and finds out why nothing goes on.
type watcher struct {
	*run
	limits  Limits
	asked   time.Time // when the owner was asked for limits
	seen    time.Time // when the lines could last be looked at
	stalled *Stall
}

// watch runs until the function it returns is called.
func (r *run) watch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w := &watcher{run: r, limits: r.spec.Limits, asked: time.Now(), seen: time.Now()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				w.look(ctx)
			}
		}
	}()
	return func() { cancel(); <-done }
}

func (w *watcher) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, watchLimit)
	defer cancel()
	w.askLimits(ctx)
	w.keepLimits(ctx)
	w.yieldLock(ctx)
	w.lookAtKeys(ctx)
	w.lookForStall(ctx)
}

// askLimits follows a change of the limits while the copy runs.
func (w *watcher) askLimits(ctx context.Context) {
	if w.hooks.Limits == nil || time.Since(w.asked) < limitsEvery {
		return
	}
	w.asked = time.Now()
	limits, err := w.hooks.Limits(ctx)
	if err != nil {
		w.log.Warn("read limits", "error", err)
		return
	}
	w.limits = limits
	w.gate.limit(limits.BytesPerSecond)
}

// keepLimits shuts the gate while a line is crossed, and where it cannot be told for long whether one is.
func (w *watcher) keepLimits(ctx context.Context) {
	why, over, err := w.limits.Source.crossed(ctx, w.source, sourceSide, w.spec.Source.User)
	if err == nil && !over {
		why, over, err = w.limits.Target.crossed(ctx, w.target, targetSide, w.spec.Target.User)
	}
	switch {
	case err == nil && !over:
		w.gate.reopen()
	case err == nil:
		w.gate.shut(why)
	case time.Since(w.seen) > blindFor:
		w.gate.shut(Text{EN: "The servers do not tell whether they are within the copy's limits: " + serverText(err) + ".",
			ZH: "无法获知服务器是否在复制限额之内：" + serverText(err) + "。"})
		return
	default:
		return
	}
	w.seen = time.Now()
}

// lookAtKeys asks the target how far its key builds are. A server that does not tell leaves it to be estimated.
func (w *watcher) lookAtKeys(ctx context.Context) {
	if !w.progress.building() {
		return
	}
	tell := mysqlStages
	if w.report.Target.Flavour == MariaDB {
		tell = mariadbStages
	}
	shares := map[string]float64{}
	statements, err := tell(ctx, w.target)
	if err != nil {
		return
	}
	for _, t := range w.plan.Tables {
		for statement, share := range statements {
			if strings.HasPrefix(statement, "ALTER TABLE "+QName(w.names.Staging, t.Name)) {
				shares[t.Name] = share
			}
		}
	}
	w.progress.built(shares)
}

// mariadbStages gives the share that is done of each of our statements that tells it.
func mariadbStages(ctx context.Context, db queryer) (map[string]float64, error) {
	list, err := processlist.Read(ctx, db)
	shares := map[string]float64{}
	for _, p := range list {
		if p.Share > 0 {
			shares[p.Statement] = p.Share
		}
	}
	return shares, err
}

// mysqlStages is the same for MySQL: its consumer events_stages_current is off unless somebody has turned it on, and the
// account needs SELECT on performance_schema.
func mysqlStages(ctx context.Context, db queryer) (map[string]float64, error) {
	rows, err := db.QueryContext(ctx, `SELECT LEFT(t.PROCESSLIST_INFO, 200), s.WORK_COMPLETED / s.WORK_ESTIMATED
		FROM performance_schema.events_stages_current s JOIN performance_schema.threads t USING (THREAD_ID)
		WHERE s.WORK_ESTIMATED > 0 AND s.WORK_COMPLETED IS NOT NULL AND t.PROCESSLIST_INFO IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	shares := map[string]float64{}
	for rows.Next() {
		var statement string
		var share float64
		if err := rows.Scan(&statement, &share); err != nil {
			return nil, err
		}
		shares[statement] = share
	}
	return shares, rows.Err()
}
