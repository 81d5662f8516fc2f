package rest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
)

func TestViews_AreOnesOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	saved := b.user.do(t, "POST", "/api/v1/views", `{"name":" Failed in test ","query":"state=failed&environment=2"}`)
	require.Equal(t, http.StatusOK, saved.Status, saved.Body)
	var view rest.View
	saved.into(t, &view)
	require.Equal(t, "Failed in test", view.Name)
	again := b.user.do(t, "POST", "/api/v1/views", `{"name":"Failed in test","query":"state=failed"}`)
	require.Equal(t, http.StatusOK, again.Status, again.Body)

	var mine, theirs rest.ViewList
	b.user.get(t, "/api/v1/views").into(t, &mine)
	require.Equal(t, []rest.View{{ID: view.ID, Name: "Failed in test", Query: "state=failed"}}, mine.Items)
	b.other.get(t, "/api/v1/views").into(t, &theirs)
	require.Empty(t, theirs.Items)

	one := fmt.Sprintf("/api/v1/views/%d", view.ID)
	b.other.do(t, "DELETE", one, "").refused(t, http.StatusNotFound, "view_not_found")
	require.Equal(t, http.StatusNoContent, b.user.do(t, "DELETE", one, "").Status)
	b.user.do(t, "POST", "/api/v1/views", `{"name":"two\nlines","query":""}`).refused(t, http.StatusUnprocessableEntity, "not_valid")
}

func TestViews_HaveALimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 50 {
		require.Equal(t, http.StatusOK, b.user.do(t, "POST", "/api/v1/views", fmt.Sprintf(`{"name":"view %d","query":""}`, i)).Status)
	}
	b.user.do(t, "POST", "/api/v1/views", `{"name":"one more","query":""}`).refused(t, http.StatusConflict, "too_many_views")
	require.Equal(t, http.StatusOK, b.user.do(t, "POST", "/api/v1/views", `{"name":"view 7","query":"q=x"}`).Status)
}
