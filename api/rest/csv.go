package rest

import (
	"encoding/csv"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// writeCSV answers with a table to download, in UTF-8 with a mark so that spreadsheets read it as such. rows calls add
// for each. When it fails the connection is cut: a table that is not whole must not look as if it were.
func writeCSV(c *gin.Context, log *slog.Logger, name string, columns []string, rows func(add func(fields ...string) error) error) error {
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	w := csv.NewWriter(c.Writer)
	columns[0] = "\ufeff" + columns[0]
	err := w.Write(columns)
	if err == nil {
		err = rows(func(fields ...string) error { return w.Write(harmless(fields)) })
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	if err != nil {
		log.ErrorContext(c, "download cut off", "request_id", requestID(c), "route", c.FullPath(), "error", fmt.Sprint(err))
		panic(http.ErrAbortHandler)
	}
	return nil
}

// harmless keeps a spreadsheet from calculating what somebody has typed (OWASP, CSV injection).
func harmless(fields []string) []string {
	for i, field := range fields {
		if field != "" && strings.ContainsRune("=+-@\t\r", rune(field[0])) {
			fields[i] = "'" + field
		}
	}
	return fields
}
