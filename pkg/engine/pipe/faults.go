package pipe

import (
	"overmind/pkg/fault"
)

// dumpFault says why a dump that has ended is not usable.
func dumpFault(p *process) error {
	<-p.stderr.done
	e := p.stderr
	if p.err == nil {
		return fault.New(fault.Unavailable, "dump_truncated", "The dump ended before its last line, although the program reported success.")
	}
	code, kind := "dump_failed", fault.Invalid
	switch e.number {
	case 2002, 2003, 2005, 2006, 2013, 2055, 1053, 1152, 1317, 1927:
		code, kind = "source_lost", fault.Unavailable
	case 1045, 1698:
		code = "auth_failed"
	case 1044, 1142, 1143, 1227, 1370:
		code = "missing_grant"
	case 1146, 1412, 1054:
		code = "source_changed"
	case 2026:
		code = "tls_failed"
	}
	return fault.Wrap(p.err, kind, code, "Reading the source failed (%s): %s", howEnded(p), words(e))
}

// loadFault says why the client that stored the rows has ended.
func loadFault(p *process) error {
	<-p.done
	<-p.stderr.done
	e := p.stderr
	code, kind := "load_failed", fault.Invalid
	switch e.number {
	case 2002, 2003, 2005, 2006, 2013, 2055, 1053, 1152, 1317, 1927:
		code, kind = "target_lost", fault.Unavailable
	case 1045, 1698:
		code = "auth_failed"
	case 1044, 1142, 1143, 1227, 1370:
		code = "missing_grant"
	case 1021, 1041, 1114, 1030, 1878:
		code = "target_full"
	case 1062, 1586:
		code = "duplicate_key"
	case 1153, 1301:
		code = "packet_too_large"
	case 1416, 3037: // of a geometry
		code = "value_not_on_target"
	case 3819, 4025: // a CHECK that holds on the source
		code = "computed_differently"
	case 2026:
		code = "tls_failed"
	}
	return fault.Wrap(p.err, kind, code, "Storing rows on the target failed (%s): %s", howEnded(p), words(e))
}

func words(e *lastError) string {
	switch {
	case e.ignore:
		return "the program did not read its options"
	case e.text == "":
		return "the program gave no reason"
	}
	return e.text
}
