package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"overmind/pkg/engine/pipe"
	"overmind/pkg/fault"
)

// readSource reads the definitions of what the plan names; anything that has gone or come since makes the plan stale.
func (r *run) readSource(ctx context.Context) error {
	all, err := readContents(ctx, r.source, r.spec.SourceDatabase)
	if err != nil {
		return err
	}
	chosen, missing := all.choose(r.spec.Tables)
	if len(missing) > 0 {
		return fault.New(fault.Conflict, "source_changed", "The source no longer has %q.", missing)
	}
	r.brings = chosen.planned(r.plan)
	if gone := missingFrom(r.plan, r.brings); len(gone) > 0 {
		return fault.New(fault.Conflict, "source_changed", "The source no longer has %q.", gone)
	}
	if bad := r.brings.unsafeNames(); len(bad) > 0 && r.executor == ExecutorPipe {
		return fault.New(fault.Conflict, "source_changed", "These tables have names that the client programs cannot be trusted with: %s.", bad)
	}
	if r.translation, err = ReadTranslation(ctx, r.source, r.target, r.report.Source, r.report.Target); err != nil {
		return err
	}
	if err := r.readTables(ctx); err != nil {
		return err
	}
	if r.executor == ExecutorNative {
		if err := r.readColumns(ctx); err != nil {
			return err
		}
	}
	if r.objects, err = definitions(ctx, r.source, r.spec.SourceDatabase, r.brings); err != nil {
		return err
	}
	for i, o := range r.objects {
		var mapped mapped
		r.objects[i], mapped = r.translation.object(o)
		if err := r.planned(mapped); err != nil {
			return err
		}
	}
	return nil
}

// readTables reads the definitions of the tables and makes those of the target of them.
func (r *run) readTables(ctx context.Context) error {
	made, err := creationTimes(ctx, r.source, r.spec.SourceDatabase)
	if err != nil {
		return err
	}
	definitions, err := tableDefinitions(ctx, r.source, r.spec.SourceDatabase, r.brings.tables)
	if err != nil {
		return err
	}
	for i, t := range r.brings.tables {
		if unknown := unknownOptions(definitions[i]); len(unknown) > 0 {
			return fault.New(fault.Invalid, DefinitionRefused, "Table %s has options that its server does not know: %s.", t.Name, strings.Join(unknown, ", "))
		}
		if !r.report.Target.MovesDirectories() && hasDirectory(definitions[i]) {
			return fault.New(fault.Invalid, DefinitionRefused, "Table %s names a directory for its files, and the target would lose them.", t.Name)
		}
		translated, mapped, err := r.translation.table(definitions[i])
		if err == nil {
			err = r.planned(mapped)
		}
		if err != nil {
			return err
		}
		ddl, err := splitTable(translated, t.Rows >= deferFrom && r.spec.Content == StructureAndData)
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		r.tables = append(r.tables, &stagedTable{name: t.Name, definition: definitions[i], ddl: ddl, translated: translated, made: made[t.Name], planned: t, rows: &pipe.Table{Name: t.Name}})
	}
	return nil
}

// creationTimes are when tables were made, as their server says it: another table that was given the name of one, as tools
// that change tables do it, has its own. Its rows as of a snapshot are those it had when it was not the table yet.
func creationTimes(ctx context.Context, db queryer, database string) (map[string]string, error) {
	times := map[string]string{}
	err := eachRow(ctx, db, "SELECT TABLE_NAME, COALESCE(CAST(CREATE_TIME AS CHAR), '') FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?", database, func(scan func(...any) error) error {
		var name, time string
		err := scan(&name, &time)
		times[name] = time
		return err
	})
	return times, err
}

// sourceUnchanged makes sure that no table was altered, or replaced, while its rows were read.
func (r *run) sourceUnchanged(ctx context.Context) error {
	made, err := creationTimes(ctx, r.source, r.spec.SourceDatabase)
	if err != nil {
		return err
	}
	now, err := tableDefinitions(ctx, r.source, r.spec.SourceDatabase, r.brings.tables)
	if ServerSaid(err, 1146) {
		return fault.Wrap(err, fault.Conflict, "source_changed", "A table was dropped or renamed on the source during the copy.")
	}
	if err != nil {
		return err
	}
	was := map[string]*stagedTable{}
	for _, t := range r.tables {
		was[t.name] = t
	}
	for i, t := range r.brings.tables {
		before := was[t.Name]
		if now[i] != before.definition && withoutCounter(now[i]) != withoutCounter(before.definition) {
			return fault.New(fault.Conflict, "source_changed", "Table %s was altered on the source during the copy.", t.Name)
		}
		// none is known of a table that MariaDB's purge has opened, for the keys over its virtual columns
		if made[t.Name] != before.made && made[t.Name] != "" && before.made != "" {
			return fault.New(fault.Conflict, "source_changed", "Table %s was made anew or replaced by another on the source during the copy.", t.Name)
		}
	}
	return nil
}

// orSourceChanged says that a table was altered where that is why its rows could not be moved: the programs and servers
// tell it in many ways.
func (r *run) orSourceChanged(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if changed := r.sourceUnchanged(ctx); fault.Is(changed, "source_changed") {
		said := *fault.As(changed)
		said.Cause = errors.Join(said.Cause, err)
		return &said
	}
	return err
}
