package rest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"overmind/pkg/testkit"
)

func TestGate_SlowBodiesTakeNoPlace(t *testing.T) {
	t.Parallel()
	const places = 4
	var arrived atomic.Int64
	serve := newGate(places, 4*places, "").inTurn(func(c *gin.Context) error {
		var in sample
		return decode(c, maxBody, &in)
	})
	engine := gin.New()
	engine.POST("/", func(c *gin.Context) {
		arrived.Add(1)
		if err := serve(c); err != nil {
			c.Status(http.StatusBadRequest)
		}
	})
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	post := func(body io.Reader) int {
		response, err := http.Post(server.URL, "application/json", body)
		if err != nil {
			return 0
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	for range places {
		r, w := io.Pipe()
		t.Cleanup(func() { _ = w.Close() })
		go post(r)
	}
	testkit.Eventually(t, 60*time.Second, "the slow requests are there", func() bool { return arrived.Load() == places })
	require.Equal(t, http.StatusOK, post(strings.NewReader(`{"title":"a","version":1}`)))
}
