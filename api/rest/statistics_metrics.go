package rest

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"overmind/pkg/stats"
)

const collectTime = 5 * time.Second

var (
	ticketsDesc = prometheus.NewDesc("overmind_tickets", "Tickets of the last 30 days by the state they have now.", []string{"state"}, nil)
	volumeDesc  = prometheus.NewDesc("overmind_tickets_moved", "What the tickets of the last 30 days moved.", []string{"unit"}, nil)
	leadDesc    = prometheus.NewDesc("overmind_tickets_seconds", "How long tickets of the last 30 days took, by step.", []string{"step"}, nil)
)

// ticketMetrics tells a scraper the statistics of the last 30 days, read when it asks.
type ticketMetrics struct{ stats Counted }

// Describe implements prometheus.Collector.
func (m ticketMetrics) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{ticketsDesc, volumeDesc, leadDesc} {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (m ticketMetrics) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTime)
	defer cancel()
	page, err := m.stats.Read(ctx, stats.Period{}, stats.Scope{})
	if err != nil {
		metrics <- prometheus.NewInvalidMetric(ticketsDesc, err)
		return
	}
	for _, r := range page.States {
		metrics <- prometheus.MustNewConstMetric(ticketsDesc, prometheus.GaugeValue, float64(r.Tickets), r.Label)
	}
	metrics <- prometheus.MustNewConstMetric(volumeDesc, prometheus.GaugeValue, float64(page.Total.Rows), "rows")
	metrics <- prometheus.MustNewConstMetric(volumeDesc, prometheus.GaugeValue, float64(page.Total.Bytes), "bytes")
	for step, t := range map[string]stats.Times{"review": page.Review, "queue": page.Queue, "run": page.Run} {
		metrics <- prometheus.MustNewConstSummary(leadDesc, uint64(t.Count), 0, map[float64]float64{0.5: t.P50, 0.9: t.P90, 0.95: t.P95}, step)
	}
}
