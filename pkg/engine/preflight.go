package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"

	"overmind/pkg/fault"
)

// A server opens each table of a database for what it tells of them, and for each list of them anew.
const (
	preflightLimit = 30 * time.Second
	perTableLimit  = 20 * time.Millisecond
)

// Preflight runs every check and returns the plan and all findings. An unreachable server is a block finding
// (`source_unreachable`, `target_unreachable`); an error means that there is no answer at all: the spec is malformed or
// ctx has ended. It takes at most 30 s; where ctx has no deadline, nobody waits, and it may take 20 ms more for each table.
func (e *Engine) Preflight(ctx context.Context, spec Spec) (Plan, []Finding, error) {
	if err := spec.Validate(); err != nil {
		return Plan{}, nil, err
	}
	plan, findings := e.preflight(ctx, spec)
	if err := ctx.Err(); err != nil {
		return Plan{}, nil, err
	}
	return plan, findings, nil
}

func (e *Engine) preflight(ctx context.Context, spec Spec) (Plan, []Finding) {
	var plan Plan
	var findings []Finding
	source, err := connect(ctx, spec.Source)
	if err != nil {
		findings = append(findings, unreachable("source", "源库", err))
	} else {
		defer source.Close()
	}
	target, err := connect(ctx, spec.Target)
	if err != nil {
		findings = append(findings, unreachable("target", "目标库", err))
	} else {
		defer target.Close()
	}
	if len(findings) > 0 {
		return plan, findings
	}
	ctx, cancel := context.WithTimeout(ctx, preflightTime(ctx, source, spec))
	defer cancel()
	brings, found, err := e.planCopy(ctx, spec, source, target, &plan)
	findings = append(findings, found...)
	if err == nil && len(brings.labels()) > 0 {
		found, err = e.planTarget(ctx, spec, target, brings, &plan)
		findings = append(findings, found...)
	}
	input := CheckInput{Spec: spec, Source: source, Target: target, SourceServer: plan.SourceServer, TargetServer: plan.TargetServer, Plan: &plan}
	if err == nil {
		err = input.translate(ctx, brings)
	}
	if err == nil {
		estimate(ctx, spec, source, &plan)
	} else {
		findings = append(findings, unfinished(err))
	}
	// The checks run all the same: a missing grant, which one of them names, is the usual reason for the error.
	if e.checks != nil && plan.TargetServer.Fingerprint != "" {
		input.Dump = e.dumpFlavour(ctx, spec, plan)
		findings = append(findings, e.checks(ctx, input)...)
	}
	return plan, findings
}

// preflightTime is how long the servers may take to answer.
func preflightTime(ctx context.Context, source *sql.DB, spec Spec) time.Duration {
	limit := preflightLimit
	if _, awaited := ctx.Deadline(); awaited {
		return limit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var tables int64 // none, where the account may not ask: the checks say that
	_ = source.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?", spec.SourceDatabase).Scan(&tables)
	return limit + time.Duration(tables)*perTableLimit
}

// planCopy says what is copied: everything of the source database, or what the spec names.
func (e *Engine) planCopy(ctx context.Context, spec Spec, source, target *sql.DB, plan *Plan) (contents, []Finding, error) {
	var err error
	if plan.SourceServer, err = identify(ctx, source); err != nil {
		return contents{}, nil, err
	}
	if plan.TargetServer, err = identify(ctx, target); err != nil {
		return contents{}, nil, err
	}
	stored, err := storedName(ctx, source, spec.SourceDatabase)
	if err != nil {
		return contents{}, nil, err
	}
	if stored == "" {
		return contents{}, []Finding{block("source_database_missing", []string{spec.SourceDatabase},
			fmt.Sprintf("The source has no database %q that the account can see.", spec.SourceDatabase),
			fmt.Sprintf("源库中没有该账号可见的数据库 %q。", spec.SourceDatabase),
			"Check the name and the account's rights.", "请检查名称与账号权限。")}, nil
	}
	if stored != spec.SourceDatabase { // its definitions have the name that it has, and would not be renamed
		return contents{}, []Finding{otherCase("source", "源库", stored)}, nil
	}
	all, err := readContents(ctx, source, spec.SourceDatabase)
	if err != nil {
		return contents{}, nil, err
	}
	brings, missing := all.choose(spec.Tables)
	var findings []Finding
	if len(missing) > 0 {
		findings = append(findings, block("table_missing", missing, "The source has no such tables or views.", "源库中没有这些表或视图。",
			"Check the names and the account's rights.", "请检查名称与账号权限。"))
	}
	if len(brings.others) > 0 {
		findings = append(findings, block("object_not_supported", brings.others, "Objects of this kind cannot be copied yet.", "暂不支持复制这类对象。",
			"Name the tables to copy instead of the whole database.", "请改为指定要复制的表，而不是整个数据库。"))
	}
	findings = append(findings, checkRename(ctx, spec, source, brings)...)
	brings.into(plan)
	found, err := assignExecutor(ctx, spec, source, target, plan)
	findings = append(findings, found...)
	if err == nil && plan.executor(spec) == ExecutorPipe {
		findings = append(findings, e.checkClients(ctx, *plan)...)
		if bad := brings.unsafeNames(); len(bad) > 0 {
			findings = append(findings, block("name_not_supported", bad, "The client programs cannot copy tables whose names hold control characters: "+strings.Join(bad, ", ")+".",
				"客户端程序无法复制名称中含有控制字符的表："+strings.Join(bad, "、")+"。", "Use the native engine, rename them or choose other tables.", "请使用原生引擎、重命名或选择其他表。"))
		}
	}
	return brings, findings, err
}

// planTarget says what the copy meets on the target.
func (e *Engine) planTarget(ctx context.Context, spec Spec, target *sql.DB, brings contents, plan *Plan) ([]Finding, error) {
	written, err := storedName(ctx, target, spec.TargetDatabase)
	if written == "" && err == nil {
		err = target.QueryRowContext(ctx, "SELECT IF(@@lower_case_table_names = 1, LOWER(?), ?)", spec.TargetDatabase, spec.TargetDatabase).Scan(&written)
	}
	if err == nil && written != spec.TargetDatabase { // copies into one database are known by its name
		return []Finding{otherCase("target", "目标库", written)}, nil
	}
	if err != nil {
		return nil, err
	}
	state, err := readTarget(ctx, target, spec.TargetDatabase, brings)
	if err != nil {
		return nil, err
	}
	plan.Replaces, plan.Kept = state.replaced.labels(), state.kept
	var findings []Finding
	if conflicts := state.conflicts(); spec.IfExists == Refuse && len(conflicts) > 0 {
		findings = append(findings, block("target_exists", conflicts, "The target already has objects of these names.", "目标库已存在同名对象。",
			"Choose another target database, or allow them to be replaced.", "请选择其他目标数据库，或允许替换。"))
	}
	if len(state.otherKind) > 0 {
		findings = append(findings, block("target_other_kind", state.otherKind, "The target has objects of another kind under these names.", "目标库中存在同名但类型不同的对象。",
			"Rename or remove them on the target.", "请在目标库中重命名或删除它们。"))
	}
	found, err := exchangeFits(ctx, spec, target, brings, state)
	if err != nil {
		return findings, err
	}
	plan.TargetDigest, err = digest(ctx, target, spec.TargetDatabase, state.replaced)
	return append(findings, found...), err
}

func otherCase(side, sideZH, written string) Finding {
	return block("database_case", []string{written},
		fmt.Sprintf("The %s writes the name of this database %q.", side, written), fmt.Sprintf("%s中该数据库名写作 %q。", sideZH, written),
		"Write it in the same way.", "请使用相同的写法。")
}

// exchangeFits makes sure that the target takes the one statement that exchanges all tables.
func exchangeFits(ctx context.Context, spec Spec, target *sql.DB, brings contents, state targetState) ([]Finding, error) {
	in := intent{Names: NewNames(math.MaxUint64), TargetDatabase: spec.TargetDatabase}
	for _, t := range brings.tables {
		in.Tables = append(in.Tables, t.Name)
	}
	for _, t := range state.replaced.tables {
		in.Replaced = append(in.Replaced, t.Name)
	}
	const around = 1 << 10 // what the protocol adds, generously
	var most int
	if err := target.QueryRowContext(ctx, "SELECT @@global.max_allowed_packet").Scan(&most); err != nil {
		return nil, err
	}
	if need := len(renames(in.moves())) + around; need > most {
		return []Finding{block("exchange_too_long", nil,
			fmt.Sprintf("%d tables are exchanged in one statement of %d bytes, but the target's max_allowed_packet is %d.", len(in.Tables), need, most),
			fmt.Sprintf("需用一条 %[2]d 字节的语句交换 %[1]d 张表，但目标端 max_allowed_packet 仅为 %[3]d。", len(in.Tables), need, most),
			"Raise max_allowed_packet on the target, or copy fewer tables at a time.", "请在目标端调大 max_allowed_packet，或分批复制。")}, nil
	}
	return nil, nil
}

// choose keeps what a list of tables and views asks for; an empty list asks for everything.
func (c contents) choose(names []string) (chosen contents, missing []string) {
	if len(names) == 0 {
		return c, nil
	}
	wanted, there := set(names), map[string]bool{}
	for _, t := range c.tables {
		if wanted[t.Name] {
			chosen.tables = append(chosen.tables, t)
			there[t.Name] = true
		}
	}
	for _, v := range c.views {
		if wanted[v] {
			chosen.views = append(chosen.views, v)
			there[v] = true
		}
	}
	for _, t := range c.triggers {
		if wanted[t.table] {
			chosen.triggers = append(chosen.triggers, t)
		}
	}
	for _, name := range names {
		if !there[name] {
			missing = append(missing, name)
		}
	}
	return chosen, missing
}

// unsafeNames are the tables whose names the client programs cannot be trusted with: a dump writes them into comments,
// which end with the line.
func (c contents) unsafeNames() []string {
	var unsafe []string
	for _, t := range c.tables {
		if strings.ContainsFunc(t.Name, unicode.IsControl) {
			unsafe = append(unsafe, fmt.Sprintf("%q", t.Name))
		}
	}
	return unsafe
}

// into writes the objects into a plan.
func (c contents) into(plan *Plan) {
	for _, t := range c.tables {
		plan.Tables = append(plan.Tables, t)
		plan.TotalRows += t.Rows
		plan.TotalBytes += t.Bytes
	}
	plan.Views = c.views
	for _, t := range c.triggers {
		plan.Triggers = append(plan.Triggers, t.name)
	}
	for _, r := range c.routines {
		plan.Routines = append(plan.Routines, string(r.kind)+" "+r.name)
	}
	plan.Events = c.events
}

// dumpFlavour is the flavour of the program that would dump the rows of a plan; empty where none is used or found.
func (e *Engine) dumpFlavour(ctx context.Context, spec Spec, plan Plan) Flavour {
	if plan.executor(spec) != ExecutorPipe {
		return ""
	}
	dump, err := e.clients.Dump(ctx, plan.SourceServer.Flavour == MariaDB)
	switch {
	case err != nil:
		return ""
	case dump.MariaDB:
		return MariaDB
	}
	return MySQL
}

// checkClients makes sure that the client programs are there and of the right flavour.
func (e *Engine) checkClients(ctx context.Context, plan Plan) []Finding {
	var findings []Finding
	dump, dumpErr := e.clients.Dump(ctx, plan.SourceServer.Flavour == MariaDB)
	load, loadErr := e.clients.Load(ctx, plan.TargetServer.Flavour == MariaDB)
	for _, err := range []error{dumpErr, loadErr} {
		if err != nil {
			findings = append(findings, block("client_missing", nil, fault.As(err).Message, "本机未找到所需的 MySQL 客户端程序。",
				"Install the MySQL or MariaDB client programs on this host.", "请在本机安装 MySQL 或 MariaDB 客户端程序。"))
		}
	}
	if dumpErr == nil && dump.MariaDB != (plan.SourceServer.Flavour == MariaDB) || loadErr == nil && load.MariaDB != (plan.TargetServer.Flavour == MariaDB) {
		findings = append(findings, Finding{Level: Note, Code: "client_other_flavour",
			Message: Text{EN: "A client program of the other flavour is used, because this host has no other.", ZH: "本机没有对应类型的客户端程序，将使用另一类型的程序。"},
			Remedy:  Text{EN: "Install the client programs of both flavours.", ZH: "请安装两种类型的客户端程序。"}})
	}
	return findings
}

func unreachable(side, sideZH string, err error) Finding {
	said := fault.As(err)
	return block(side+"_unreachable", []string{said.Code},
		fmt.Sprintf("The %s cannot be used: %s", side, said.Message), fmt.Sprintf("%s无法使用：%s", sideZH, said.Message),
		"Check the address, the account, TLS and the network.", "请检查地址、账号、TLS 与网络。")
}

// unfinished is the block for a preflight that could not look at everything.
func unfinished(err error) Finding {
	reason := serverText(err)
	if errors.Is(err, context.DeadlineExceeded) {
		reason = "it took too long"
	}
	return block("preflight_unfinished", nil, "The checks could not be finished: "+reason+".", "检查未能完成："+reason+"。",
		"Try again; if it stays, check the account's rights.", "请重试；若仍然如此，请检查账号权限。")
}
