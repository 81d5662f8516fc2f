// Command convert reads the Swagger 2.0 document that swag makes of the code and writes OpenAPI 3.0.3, with what 2.0
// cannot say.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	// A schema is named after its type; which package that is in concerns no client.
	raw = []byte(strings.NewReplacer(`"#/definitions/rest.`, `"#/definitions/`, `"rest.`, `"`).Replace(string(raw)))
	var old openapi2.T
	if err := json.Unmarshal(raw, &old); err != nil {
		return err
	}
	doc, err := openapi2conv.ToV3(&old)
	if err != nil {
		return err
	}
	doc.OpenAPI = "3.0.3"
	doc.Servers = openapi3.Servers{{URL: "/"}}
	doc.Components.SecuritySchemes["bearer"].Value = openapi3.NewSecurityScheme().WithType("http").WithScheme("bearer").
		WithDescription(doc.Components.SecuritySchemes["bearer"].Value.Description)
	if err := describeKinds(doc); err != nil {
		return err
	}
	for _, schema := range doc.Components.Schemas {
		complete(schema)
	}
	for path, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			finish(doc, path, operation)
		}
	}
	loader := openapi3.NewLoader()
	if err := loader.ResolveRefsIn(doc, nil); err != nil {
		return err
	}
	if err := doc.Validate(loader.Context); err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(doc)
}

// complete says what Go's types say and swag leaves out: whole numbers have 64 bits, and an object without properties
// is any object.
func complete(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Ref != "" || ref.Value == nil {
		return
	}
	s := ref.Value
	if s.Type.Is("integer") && s.Format == "" {
		s.Format = "int64"
	}
	if s.Type.Is("object") && len(s.Properties) == 0 && s.AdditionalProperties.Schema == nil {
		yes := true
		s.AdditionalProperties.Has = &yes
	}
	for _, property := range s.Properties {
		complete(property)
	}
	complete(s.Items)
	complete(s.AdditionalProperties.Schema)
}

// finish gives an operation the errors that any can have, sends problems under their own media type, and closes the
// request bodies, whose unknown fields are refused.
func finish(doc *openapi3.T, path string, operation *openapi3.Operation) {
	for _, parameter := range operation.Parameters {
		complete(parameter.Value.Schema)
	}
	if strings.HasPrefix(path, "/api/") {
		addProblem(operation, "500", "Internal Server Error")
		addProblem(operation, "503", "Service Unavailable")
	}
	for _, response := range operation.Responses.Map() {
		for media, content := range response.Value.Content {
			complete(content.Schema)
			if content.Schema != nil && content.Schema.Ref == problemRef {
				delete(response.Value.Content, media)
				response.Value.Content["application/problem+json"] = content
				break
			}
		}
	}
	if operation.RequestBody == nil {
		return
	}
	operation.RequestBody.Value.Extensions = nil // a trace of 2.0
	for _, content := range operation.RequestBody.Value.Content {
		name := strings.TrimPrefix(content.Schema.Ref, "#/components/schemas/")
		no := false
		doc.Components.Schemas[name].Value.AdditionalProperties.Has = &no
	}
}

const problemRef = "#/components/schemas/Problem"

func addProblem(operation *openapi3.Operation, status, title string) {
	if operation.Responses.Value(status) != nil {
		return
	}
	operation.Responses.Set(status, &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription(title).
		WithContent(openapi3.Content{"application/problem+json": {Schema: &openapi3.SchemaRef{Ref: problemRef}}})})
}
