package engine

import (
	"context"
	"slices"
	"strings"

	"overmind/pkg/fault"
)

// rehearse creates every view, trigger, routine and event in the staging schema: what the target does not accept shows
// before any row is moved. Triggers are removed again, because a table with triggers cannot be renamed to another schema.
func (r *run) rehearse(ctx context.Context) error {
	if len(r.objects) == 0 {
		return nil
	}
	conn, err := session(ctx, r.target, r.sessions.target)
	if err != nil {
		return err
	}
	defer discard(conn)
	trial := placing{from: r.spec.SourceDatabase, to: r.names.Staging, keep: r.keep, passing: r.spec.SourceDatabase == r.spec.TargetDatabase}
	if err := createObjects(ctx, conn, r.objects, trial); fault.Is(err, objectFailed) {
		said := *fault.As(err)
		said.Code = DefinitionRefused
		return &said
	} else if err != nil {
		return err
	}
	if err := tryViews(ctx, conn, r.objects, trial); err != nil {
		return err
	}
	for _, o := range r.objects {
		if o.Kind == kindTrigger || o.Kind == kindView {
			if _, err := conn.ExecContext(ctx, dropStatement(r.names.Staging, o)); err != nil {
				return err
			}
		}
	}
	return nil
}

// relocate writes a definition for another database of which nothing is left but the proof that the server takes it: it
// need not tell the name of the database from others in the body of a program, which nobody runs. What is made gets there
// whatever its name is, as does the table of a trigger. Of a view, which servers show in one way, the names of tables
// change; one that stands before a column alone is that of a table.
func relocate(o object, from, to string) string {
	d := o.dialect()
	tokens := lex(string(o.SQL), d)
	places := headPlaces(tokens, o.Kind)
	if o.Kind == kindView {
		qualifiers, _, _ := uses(tokens, from, d)
		for _, i := range qualifiers {
			if names(tokens, i) {
				places = append(places, i)
			}
		}
	}
	for _, i := range places {
		tokens[i].text = Ident(to)
	}
	return joinTokens(tokens)
}

// headPlaces finds the database before the name of what a definition makes, and before the table of a trigger.
func headPlaces(tokens []token, k kind) (places []int) {
	words := []string{strings.ToUpper(string(k))}
	if k == kindTrigger {
		words = append(words, "ON")
	}
	i := 0
	for _, word := range words {
		for i < len(tokens) && !tokens[i].is(word) {
			i++
		}
		for i++; i < len(tokens) && (!tokens[i].significant() || slices.ContainsFunc(beforeName, tokens[i].is)); {
			i++
		}
		if i < len(tokens) && neighbour(tokens, i, 1) == "." {
			places = append(places, i)
		}
	}
	return places
}
