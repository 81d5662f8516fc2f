package rest

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// meter counts and times requests by route pattern, never by path: a path has ids in it.
type meter struct {
	seconds *prometheus.HistogramVec
	open    prometheus.Gauge
}

func newMeter(registry *prometheus.Registry) meter {
	m := meter{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "overmind_http_request_seconds", Help: "Time to answer, by method, route and status.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"method", "route", "status"}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "overmind_http_requests_open", Help: "Requests being answered, streams included.",
		}),
	}
	registry.MustRegister(m.seconds, m.open)
	return m
}

func (m meter) measure(c *gin.Context) {
	started := time.Now()
	m.open.Inc()
	defer m.open.Dec()
	c.Next()
	if c.FullPath() == streamRoute {
		return // its duration says nothing
	}
	m.seconds.WithLabelValues(method(c.Request.Method), c.FullPath(), strconv.Itoa(c.Writer.Status())).Observe(time.Since(started).Seconds())
}

// method keeps invented methods from making new series.
func method(name string) string {
	switch name {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE":
		return name
	}
	return "other"
}
