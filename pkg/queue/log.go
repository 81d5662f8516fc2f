package queue

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/RichardKnop/machinery/v2/log"
)

// machinery logs through package variables, so one adapter serves the process and writes to the newest queue's logger.
var (
	current atomic.Pointer[slog.Logger]
	install sync.Once
)

func useLog(l *slog.Logger) {
	current.Store(l)
	install.Do(func() {
		// These print whole messages and say what machinery is doing, not that anything is wrong.
		log.SetDebug(silent{})
		log.SetInfo(silent{})
		log.SetWarning(silent{})
		log.SetError(adapter{slog.LevelError})
		log.SetFatal(adapter{slog.LevelError})
	})
}

// longestLine cuts what machinery logs: its errors contain the message as received, of any size.
const longestLine = 300

// adapter gives machinery's lines to slog. Fatal and Panic log only: a queue has no right to end the process.
type adapter struct{ level slog.Level }

func (a adapter) write(text string) {
	current.Load().Log(context.Background(), a.level, "queue", "message", short(text))
}

func short(text string) string {
	if len(text) > longestLine {
		return strings.ToValidUTF8(text[:longestLine], "") + "…"
	}
	return text
}

func (a adapter) Print(v ...any)                 { a.write(fmt.Sprint(v...)) }
func (a adapter) Printf(format string, v ...any) { a.write(fmt.Sprintf(format, v...)) }
func (a adapter) Println(v ...any)               { a.write(fmt.Sprint(v...)) }
func (a adapter) Fatal(v ...any)                 { a.write(fmt.Sprint(v...)) }
func (a adapter) Fatalf(format string, v ...any) { a.write(fmt.Sprintf(format, v...)) }
func (a adapter) Fatalln(v ...any)               { a.write(fmt.Sprint(v...)) }
func (a adapter) Panic(v ...any)                 { a.write(fmt.Sprint(v...)) }
func (a adapter) Panicf(format string, v ...any) { a.write(fmt.Sprintf(format, v...)) }
func (a adapter) Panicln(v ...any)               { a.write(fmt.Sprint(v...)) }

type silent struct{}

func (silent) Print(...any)          {}
func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
func (silent) Fatal(...any)          {}
func (silent) Fatalf(string, ...any) {}
func (silent) Fatalln(...any)        {}
func (silent) Panic(...any)          {}
func (silent) Panicf(string, ...any) {}
func (silent) Panicln(...any)        {}
