package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
	"overmind/pkg/event"
)

// breaking is a trail that cannot be read to its end.
type breaking struct{ rest.AuditLog }

func (breaking) ListAudit(_ context.Context, f event.AuditFilter) ([]event.AuditRow, error) {
	if f.Before != 0 {
		return nil, errors.New("gone away")
	}
	row := event.AuditRow{ID: 9, Audit: event.Audit{Action: "=HYPERLINK(1)", After: json.RawMessage(strings.Repeat("x", 5000))}}
	return []event.AuditRow{row}, nil
}

func TestDownload_ThatBreaksOffIsCutAndNotCalculated(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *rest.Options) { o.Audit = breaking{o.Audit} })
	r := b.dba.request(t, "GET", "/api/v1/audit/csv", "")
	response, err := b.http.Client().Do(r)
	if err == nil {
		_, err = io.ReadAll(response.Body)
		require.NoError(t, response.Body.Close())
	}
	require.Error(t, err, "a download that is not whole must not look whole")
	require.Contains(t, b.log.String(), "gone away")
	require.Equal(t, []string{"'=1", "a=1", "", "'-2"}, rest.Harmless([]string{"=1", "a=1", "", "-2"}))
}
