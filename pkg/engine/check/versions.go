package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// versions refuses servers older than what the copy is right for, and says where a server is newer than all tests.
func versions(_ context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	var findings []engine.Finding
	for _, side := range []struct {
		en, zh string
		server engine.Server
	}{{"source", "源端", in.SourceServer}, {"target", "目标端", in.TargetServer}} {
		oldest, newest, name := []int{5, 7}, []int{10}, "MySQL 5.7"
		if side.server.Flavour == engine.MariaDB {
			oldest, newest, name = []int{10, 4}, []int{12}, "MariaDB 10.4"
		}
		version := side.server.Version
		switch {
		case !engine.AtLeast(version, oldest...):
			findings = append(findings, block("version_not_supported", []string{version},
				fmt.Sprintf("The %s server has version %s; %s is the oldest that can be copied.", side.en, version, name),
				fmt.Sprintf("%s服务器版本为 %s，最低支持 %s。", side.zh, version, name),
				"Upgrade the server.", "请升级该服务器。"))
		case engine.AtLeast(version, newest...):
			findings = append(findings, note("version_untested", []string{version},
				fmt.Sprintf("The %s server has version %s, which is newer than any that was tested.", side.en, version),
				fmt.Sprintf("%s服务器版本 %s 比所有已测试的版本都新。", side.zh, version),
				"Try the copy on a test target first.", "请先在测试目标上试运行。"))
		}
	}
	return findings, nil
}
