// Package check is preflight: every file holds one check, with one test that turns it red on real servers. All checks
// run always and all their findings are returned, in the order of All.
package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"overmind/pkg/engine"
)

// Check looks at one property of a planned copy. It only reads. An error means that it has no answer.
type Check struct {
	Name string
	Run  func(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error)
}

// All returns the checks in the order in which their findings are shown: first what makes the rest pointless.
func All() []Check {
	return []Check{
		{"versions", versions},
		{"same_server", sameServer},
		{"source_grants", sourceGrants},
		{"target_grants", targetGrants},
		{"read_only", readOnly},
		{"function_creators", functionCreators},
		{"unlogged_functions", unloggedFunctions},
		{"unsupported", unsupported},
		{"tablespaces", tablespaces},
		{"data_directories", dataDirectories},
		{"unknown_options", unknownOptions},
		{"unreadable_triggers", unreadableTriggers},
		{"generated_columns", generatedColumns},
		{"session_values", sessionValues},
		{"engines", engines},
		{"types", types},
		{"flavours", flavours},
		{"json_texts", jsonTexts},
		{"srids", srids},
		{"fulltext_parsers", fullTextParsers},
		{"primary_keys", primaryKeys},
		{"views", views},
		{"charsets", charsets},
		{"database_options", databaseOptions},
		{"conversions", conversions},
		{"utf8mb4_default", utf8mb4Default},
		{"equal_keys", equalKeys},
		{"grammar", grammar},
		{"sql_modes", sqlModes},
		{"program_defaults", programDefaults},
		{"bare_defaults", bareDefaults},
		{"timestamp_defaults", timestampDefaults},
		{"name_case", nameCase},
		{"name_spellings", nameSpellings},
		{"foreign_keys", foreignKeys},
		{"keyless_references", keylessReferences},
		{"incoming_keys", incomingKeys},
		{"kept_keys", keptKeys},
		{"revived_keys", revivedKeys},
		{"constraint_names", constraintNames},
		{"check_violations", checkViolations},
		{"snapshot", snapshot},
		{"backup_lock", backupLock},
		{"limits", limits},
		{"packet", packet},
		{"json_depth", jsonDepth},
		{"program_sessions", programSessions},
		{"floats", floats},
		{"negative_zeros", negativeZeros},
		{"ranges", ranges},
		{"vectors", vectors},
		{"surrogates", surrogates},
		{"texts", texts},
		{"json_values", jsonValues},
		{"enums", enums},
		{"unshown", unshown},
		{"definers", definers},
		{"trigger_uses", triggerUses},
		{"replaced_triggers", replacedTriggers},
		{"replaced_definers", replacedDefiners},
		{"replaced_routines", replacedRoutines},
		{"replaced_rows", replacedRows},
		{"events", events},
	}
}

// A check may take so long, and more where the servers have to open many tables for it.
const (
	limit         = 5 * time.Second
	perTableLimit = time.Millisecond
)

// Run runs all checks. One that fails or takes longer than five seconds and a millisecond for each table becomes a note
// `check_unfinished`: it neither passes nor blocks. Where only a check could tell that values are changed, it is a confirm
// `values_unchecked`.
func Run(ctx context.Context, in engine.CheckInput) []engine.Finding {
	return run(ctx, in, All())
}

func run(ctx context.Context, in engine.CheckInput, checks []Check) []engine.Finding {
	var all []engine.Finding
	most := limit
	if in.Plan != nil {
		most += time.Duration(len(in.Plan.Tables)) * perTableLimit
	}
	for _, c := range checks {
		limited, cancel := context.WithTimeout(ctx, most)
		findings, err := c.Run(limited, in)
		cancel()
		all = append(all, findings...)
		var open *unanswered
		switch {
		case errors.As(err, &open) && len(open.labels) > 0 && byPrograms(in.Plan):
			all = append(all, uncheckedValues(open.labels))
		case err != nil:
			all = append(all, unfinished(c.Name, err))
		}
	}
	return all
}

// uncheckedValues is for what the client programs, or the target that they write to, may change without a word.
func uncheckedValues(labels []string) engine.Finding {
	return confirm("values_unchecked", labels,
		"The values of these columns could not be checked in time; the client programs may change rare ones, and nobody would notice: "+join(labels)+".",
		"未能及时检查以下列的值；客户端程序可能改变其中的个别罕见值且无人察觉："+join(labels)+"。",
		"Run the checks again while the source is less busy. Or let the engine choose the executor: where that is the native one, every value is compared.",
		"请在源服务器较空闲时重新运行检查；也可让引擎自行选择执行方式：若为原生方式，每个值都会被比对。")
}

func unfinished(name string, err error) engine.Finding {
	en, zh := serverText(err), serverText(err)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || timedOut(err) {
		en, zh = "it took too long", "耗时过长"
	}
	return note("check_unfinished", []string{name},
		fmt.Sprintf("The check %q has no answer: %s.", name, en), fmt.Sprintf("检查项 %q 未得出结论：%s。", name, zh),
		"Run the checks again, or look at this point yourself.", "请重新运行检查，或自行确认此项。")
}

func block(code string, objects []string, en, zh, remedyEN, remedyZH string) engine.Finding {
	return engine.NewFinding(engine.Block, code, objects, en, zh, remedyEN, remedyZH)
}

func confirm(code string, objects []string, en, zh, remedyEN, remedyZH string) engine.Finding {
	return engine.NewFinding(engine.Confirm, code, objects, en, zh, remedyEN, remedyZH)
}

func note(code string, objects []string, en, zh, remedyEN, remedyZH string) engine.Finding {
	return engine.NewFinding(engine.Note, code, objects, en, zh, remedyEN, remedyZH)
}
