package rest

import (
	"encoding/csv"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// writeCSV answers with a table to download, in UTF-8 with a mark so that spreadsheets read it as such. rows calls add
// for each. When it fails after the first bytes have left, the connection is cut: a table that is not whole must not
// look as if it were.
func writeCSV(c *gin.Context, log *slog.Logger, name string, columns []string, rows func(add func(fields ...string) error) error) error {
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	w := csv.NewWriter(c.Writer)
	w.UseCRLF = true
	err := w.Write(append([]string{"\ufeff" + columns[0]}, columns[1:]...))
	if err == nil {
		err = rows(func(fields ...string) error { return w.Write(harmless(fields)) })
	}
	switch {
	case err == nil:
		w.Flush()
		if err = w.Error(); err == nil {
			return nil
		}
	case !c.Writer.Written():
		c.Writer.Header().Del("Content-Disposition")
		return err
	}
	log.ErrorContext(c, "download cut off", "request_id", requestID(c), "route", c.FullPath(), "error", err)
	panic(http.ErrAbortHandler)
}

// harmless keeps a spreadsheet from calculating what somebody has typed (OWASP, CSV injection).
func harmless(fields []string) []string {
	for i, field := range fields {
		if field != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(field)[0]) {
			fields[i] = "'" + field
		}
	}
	return fields
}
