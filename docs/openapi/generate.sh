#!/usr/bin/env bash
# Writes the OpenAPI document from the code of api/rest, and the typed client's schema from the document.
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
go tool swag init --quiet --dir api/rest --generalInfo openapi.go --output "$scratch" --outputTypes json \
  --parseInternal --requiredByDefault
go run ./docs/openapi/convert <"$scratch/swagger.json" >"$scratch/openapi.json"
mv "$scratch/openapi.json" docs/openapi/openapi.json
cd frontend
npm run --silent generate
