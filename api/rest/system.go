package rest

import (
	"context"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Health says whether the process lives, or can work: then Checks has one line for each thing it needs.
type Health struct {
	Status string            `json:"status" enums:"ok,failing,draining"`
	Checks map[string]string `json:"checks,omitempty"`
}

// Version is what runs.
type Version struct {
	Version string `json:"version" example:"1.0.0"`
	Go      string `json:"go" example:"go1.26.8"`
}

type systemHandlers struct {
	version  string
	ready    map[string]func(context.Context) error
	draining *atomic.Bool
	metrics  prometheus.Gatherer
}

// healthz
//
//	@Summary	Is the process alive?
//	@ID			getHealth
//	@Tags		system
//	@Produce	json
//	@Success	200	{object}	Health
//	@Router		/healthz [get]
func (h systemHandlers) healthz(c *gin.Context) error {
	c.JSON(http.StatusOK, Health{Status: "ok"})
	return nil
}

const readyTime = 3 * time.Second

// readyz
//
//	@Summary	Can it work?
//	@ID			getReadiness
//	@Tags		system
//	@Produce	json
//	@Success	200	{object}	Health
//	@Failure	503	{object}	Health
//	@Router		/readyz [get]
func (h systemHandlers) readyz(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTime)
	defer cancel()
	answer, status := Health{Status: "ok", Checks: map[string]string{}}, http.StatusOK
	for name, check := range h.ready {
		answer.Checks[name] = "ok"
		if check(ctx) != nil { // the part itself logs why; this page is public
			answer.Checks[name], answer.Status, status = "failing", "failing", http.StatusServiceUnavailable
		}
	}
	if h.draining.Load() {
		answer.Status, status = "draining", http.StatusServiceUnavailable
	}
	c.JSON(status, answer)
	return nil
}

// versionInfo
//
//	@Summary	What runs?
//	@ID			getVersion
//	@Tags		system
//	@Produce	json
//	@Success	200	{object}	Version
//	@Router		/version [get]
func (h systemHandlers) versionInfo(c *gin.Context) error {
	c.JSON(http.StatusOK, Version{Version: h.version, Go: runtime.Version()})
	return nil
}

// scrape
//
//	@Summary		Metrics for Prometheus
//	@Description	For staff, or with the configured metrics token as bearer.
//	@ID				getMetrics
//	@Tags			system
//	@Produce		plain
//	@Success		200	{string}	string
//	@Failure		401	{object}	Problem
//	@Failure		403	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/metrics [get]
func (h systemHandlers) scrape(c *gin.Context) error {
	promhttp.HandlerFor(h.metrics, promhttp.HandlerOpts{}).ServeHTTP(c.Writer, c.Request)
	return nil
}
