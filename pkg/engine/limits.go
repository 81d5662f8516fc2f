package engine

// Limits bound what a copy takes from its two servers. 0 means no bound.
type Limits struct {
	BytesPerSecond int64        `json:"bytes_per_second"` // of rows that are moved or read back
	Source         ServerLimits `json:"source"`
	Target         ServerLimits `json:"target"`
}

// Connections that a copy can work with at least, and those that it takes at most when nobody bounds them.
const (
	LeastConnections = 6
	MostConnections  = 14
)

// ServerLimits bound what a copy takes from one server. It pauses while more than Threads statements of others run
// there, or while the server is a replica that is more than LagSeconds behind.
type ServerLimits struct {
	Connections int `json:"connections"`
	Threads     int `json:"threads"`
	LagSeconds  int `json:"lag_seconds"`
}

// What a copy has open beside the sessions that move rows. On the source: the lock on definitions, up to three while the
// snapshot is shared, and one for questions. On the target: the lock on the database, one for questions, and those that
// build keys.
const (
	sourceExtra = 5
	targetExtra = 2 + finishers
)

// movers bounds how many sessions move rows on each side.
func (l Limits) movers(most int) int {
	if l.Source.Connections > 0 {
		most = min(most, l.Source.Connections-sourceExtra)
	}
	if l.Target.Connections > 0 {
		most = min(most, l.Target.Connections-targetExtra)
	}
	return max(most, 1)
}
