// Package openapi holds the description of the HTTP API, generated from the code of api/rest by generate.sh.
package openapi

import _ "embed"

// Document is the OpenAPI 3.0.3 document.
//
//go:embed openapi.json
var Document []byte
