package main

import (
	"fmt"
)

func (d *demo) say(format string, args ...any) { _, _ = fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demo) step(what string) { d.say("\n%s …", what) }

func (d *demo) done(format string, args ...any) { d.say("  "+format, args...) }
