package native

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/go-sql-driver/mysql"

	"overmind/pkg/fault"
)

// Duplicate is in the chain of an error that says that the target takes two rows of a table for the same by a key.
type Duplicate struct {
	Table string
	Cause error // the server's, if there is one
}

func (d *Duplicate) Error() string {
	return fmt.Sprintf("duplicate key in table %s: %v", d.Table, d.Cause)
}

// Unwrap returns the cause.
func (d *Duplicate) Unwrap() error { return d.Cause }

func sourceFault(table string, err error) error {
	code, kind := "read_failed", fault.Invalid
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case gone(err):
		code, kind = "source_lost", fault.Unavailable
	case said(err, 1142, 1143, 1044, 1227):
		code = "missing_grant"
	case said(err, 1146, 1412, 1054):
		code = "source_changed"
	}
	return fault.Wrap(err, kind, code, "Reading %s from the source failed: %s", label(table), words(err))
}

func targetFault(table string, err error) error {
	var known *fault.Error
	code, kind := "load_failed", fault.Invalid
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case gone(err):
		code, kind = "target_lost", fault.Unavailable
	case said(err, 1142, 1143, 1044, 1227):
		code = "missing_grant"
	case said(err, 1021, 1041, 1114, 1030, 1878):
		code = "target_full"
	case said(err, 1062, 1586):
		code, err = "duplicate_key", &Duplicate{Table: table, Cause: err}
	case said(err, checkViolated, checkFailed):
		return checkDiffers(table, quoted(words(err)), err)
	case said(err, 1416, 3037):
		return fault.Wrap(err, fault.Invalid, ValueNotOnTarget, "The target does not take some geometries of table %s, which are none by its rules. Repair them on the source, or leave the table out.", table)
	case said(err, 1153, 1301), errors.Is(err, mysql.ErrPktTooLarge):
		code = "packet_too_large"
	}
	return fault.Wrap(err, kind, code, "Storing %s on the target failed: %s", label(table), words(err))
}

// How MySQL and MariaDB say that a CHECK refuses a row.
const (
	checkViolated = 3819
	checkFailed   = 4025
)

// checkDiffers is for rows that the source holds and the target's CHECK of that name refuses.
func checkDiffers(table, check string, err error) error {
	return fault.Wrap(err, fault.Invalid, ComputedDifferently, "The target's CHECK %s refuses rows of table %s that the source holds: the two servers do not compute it alike, or the source was told not to enforce it. Change it or the rows on the source, or leave the table out.",
		check, table)
}

// quoted is the first quoted name in a server's sentence.
func quoted(text string) string {
	if parts := strings.FieldsFunc(text, func(r rune) bool { return r == '\'' || r == '`' }); len(parts) > 1 {
		return parts[1]
	}
	return text
}

func label(table string) string {
	if table == "" {
		return "rows"
	}
	return "rows of table " + table
}

// words are the server's number and, where it holds no values of rows, its text.
func words(err error) string {
	var answer *mysql.MySQLError
	switch {
	case errors.Is(err, mysql.ErrPktTooLarge):
		return "a row is longer than its max_allowed_packet"
	case !errors.As(err, &answer):
		return err.Error()
	case said(err, 1062, 1264, 1265, 1292, 1366, 1406, 1586):
		return fmt.Sprintf("error %d", answer.Number)
	}
	return fmt.Sprintf("error %d, %s", answer.Number, answer.Message)
}

func said(err error, numbers ...uint16) bool {
	var answer *mysql.MySQLError
	if !errors.As(err, &answer) {
		return false
	}
	for _, n := range numbers {
		if answer.Number == n {
			return true
		}
	}
	return false
}

// waited tells whether the target rolled back because of another transaction's lock.
func waited(err error) bool { return said(err, 1205, 1213) }

// gone tells whether the session is lost.
func gone(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, sql.ErrConnDone) || errors.As(err, &network) || said(err, 1053, 1317, 1927, 2006, 2013, 3169)
}
