package main

import (
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3gen"

	"overmind/pkg/engine"
	"overmind/pkg/migration"
)

// describeKinds documents the parts of a ticket whose form depends on its kind. The code of api/rest passes them through
// unread; here they get the types that the kinds write and read. A part is one of the forms that the kinds give it.
func describeKinds(doc *openapi3.T) error {
	generator := openapi3gen.NewGenerator(openapi3gen.SchemaCustomizer(describe), openapi3gen.CreateTypeNameGenerator(name),
		openapi3gen.CreateComponentSchemas(openapi3gen.ExportComponentSchemasOptions{ExportComponentSchemas: true, ExportTopLevelSchema: true}))
	for _, form := range []any{migration.Spec{}, migration.Plan{}, engine.Progress{}, migration.Evidence{}} {
		if _, err := generator.NewSchemaRefForValue(form, doc.Components.Schemas); err != nil {
			return err
		}
	}
	wanted := *doc.Components.Schemas["MigrationSpec"].Value
	wanted.Required = []string{"source", "target"} // the rest has defaults
	no := false
	wanted.AdditionalProperties.Has = &no
	doc.Components.Schemas["MigrationSpecWanted"] = wanted.NewRef()

	for part, form := range map[string]string{
		"TicketDraft.spec": "MigrationSpecWanted", "TicketEdit.spec": "MigrationSpecWanted", "PreviewRequest.spec": "MigrationSpecWanted",
		"TicketDetail.spec": "MigrationSpec", "TicketDetail.report": "MigrationEvidence", "Preflight.plan": "MigrationPlan",
		"Ticket.progress": "MigrationProgress", "TicketDetail.progress": "MigrationProgress", "TicketProgress.progress": "MigrationProgress",
	} {
		schema, property, _ := strings.Cut(part, ".")
		ref := doc.Components.Schemas[schema].Value.Properties[property]
		ref.Value = &openapi3.Schema{Description: ref.Value.Description, OneOf: openapi3.SchemaRefs{openapi3.NewSchemaRef("#/components/schemas/"+form, nil)}}
	}
	return nil
}

// name gives a schema the name of its type, after the kind. What api/rest calls Text is the same as the engine's.
func name(t reflect.Type) string {
	if t == reflect.TypeFor[engine.Text]() {
		return t.Name()
	}
	return "Migration" + t.Name()
}

// choices are the values of the types that have a fixed set of them.
var choices = map[reflect.Type][]any{
	reflect.TypeFor[engine.Content]():  {engine.StructureAndData, engine.StructureOnly},
	reflect.TypeFor[engine.IfExists](): {engine.Refuse, engine.Replace},
	reflect.TypeFor[engine.Executor](): {engine.ExecutorAuto, engine.ExecutorNative, engine.ExecutorPipe},
}

// describe says of a Go type what its JSON is: a property that is never left out is required, and a list may be null
// unless an empty one is left out.
func describe(_ string, t reflect.Type, tag reflect.StructTag, schema *openapi3.Schema) error {
	schema.Enum = choices[t]
	schema.Nullable = t.Kind() == reflect.Slice && !leftOut(tag)
	if t.Kind() == reflect.Struct {
		schema.Required = required(t)
	}
	return nil
}

func required(t reflect.Type) (names []string) {
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name != "" && name != "-" && !leftOut(field.Tag) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// leftOut tells whether a property is absent when it is empty.
func leftOut(tag reflect.StructTag) bool {
	_, options, _ := strings.Cut(tag.Get("json"), ",")
	return options == "omitempty" || options == "omitzero"
}
