package engine

// Limits bound what a copy takes from its two servers. 0 means no bound.
type Limits struct {
	BytesPerSecond int64        `json:"bytes_per_second"` // of rows that are moved or read back
	Source         ServerLimits `json:"source"`
	Target         ServerLimits `json:"target"`
}

// ServerLimits bound what a copy takes from one server. It pauses while more than Threads statements of others run
// there, or while the server is a replica that is more than LagSeconds behind.
type ServerLimits struct {
	Connections int `json:"connections"`
	Threads     int `json:"threads"`
	LagSeconds  int `json:"lag_seconds"`
}
