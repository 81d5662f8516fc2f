package rest

import "time"

// each converts a slice; the result is never nil, so that it becomes [] and not null.
func each[From, To any](from []From, convert func(From) To) []To {
	to := make([]To, 0, len(from))
	for _, f := range from {
		to = append(to, convert(f))
	}
	return to
}

// listed is a slice that becomes [] and not null.
func listed[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// optionalTime leaves a zero time out of an answer.
func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
