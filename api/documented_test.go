package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"overmind/docs/openapi"
)

// requireDocumented holds a ticket's answer to the document, with what its kind writes into it, and lets nothing pass
// that is not documented.
func (in *installation) requireDocumented(t *testing.T, id int64) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document)
	require.NoError(t, err)
	no := false
	for _, schema := range doc.Components.Schemas {
		schema.Value.AdditionalProperties.Has = &no
	}
	var answer any
	require.NoError(t, in.user.call(t.Context(), http.MethodGet, fmt.Sprintf("/tickets/%d", id), nil, &answer))
	require.NoError(t, doc.Components.Schemas["TicketDetail"].Value.VisitJSON(answer, openapi3.MultiErrors()))
}
