package engine

import (
	"context"
	"database/sql"
	"fmt"
)

// checkRename finds the definitions in which the database cannot be given its new name, and those that mean something
// else under it. What the account may not read is for the checks to say.
func checkRename(ctx context.Context, spec Spec, source *sql.DB, brings contents) []Finding {
	from, to := spec.SourceDatabase, spec.TargetDatabase
	if from == to {
		return nil
	}
	objects, err := definitions(ctx, source, from, brings)
	if err != nil {
		return nil
	}
	var unclear, taken, dynamic []string
	for _, o := range objects {
		d := o.dialect()
		tokens := lex(string(o.SQL), d)
		if _, err := retarget(string(o.SQL), from, to, d); err != nil {
			unclear = append(unclear, o.label())
		}
		if others, bare, guessed := uses(tokens, to, d); len(others) > 0 && !(bare && guessed) {
			taken = append(taken, o.label())
		}
		if prepares(tokens, from, d) {
			dynamic = append(dynamic, o.label())
		}
	}
	var findings []Finding
	if len(unclear) > 0 {
		findings = append(findings, block("ambiguous_name", unclear,
			fmt.Sprintf("In these definitions %q cannot be renamed safely: it is also a table, column, alias or variable there, or they are in another character set than the name.", from),
			fmt.Sprintf("以下定义中 %q 无法安全改名：它同时是表名、列名、别名或变量名，或者定义所用的字符集与名称不同。", from),
			"Copy to a database of the same name, or name the tables to copy.", "请复制到同名数据库，或指定要复制的表。"))
	}
	if len(taken) > 0 {
		findings = append(findings, confirm("name_in_use", taken,
			fmt.Sprintf("These definitions use another database of the source that is called %q too. On the target they would use the copy itself.", to),
			fmt.Sprintf("以下定义使用了源端另一个同样名为 %q 的数据库；在目标端它们将改为使用副本自身。", to),
			"Choose another name for the copy, unless that is what you want.", "若非有意如此，请为副本选择其他名称。"))
	}
	if len(dynamic) > 0 {
		findings = append(findings, confirm("name_in_text", dynamic,
			fmt.Sprintf("These programs prepare statements from texts that name %q. Texts are not changed: the copy's programs would go on using a database of that name.", from),
			fmt.Sprintf("以下程序用包含 %q 的文本拼接并执行语句；文本不会被修改，副本中的程序仍会使用该名称的数据库。", from),
			"Change these programs after the copy, or copy to a database of the same name.", "请在复制后修改这些程序，或复制到同名数据库。"))
	}
	return findings
}

// prepares tells whether a program makes statements from texts, of which one names something in the database.
func prepares(tokens []token, database string, d dialect) bool {
	executes, named := false, false
	for _, t := range tokens {
		executes = executes || t.is("PREPARE") || t.is("IMMEDIATE")
		if t.kind == tokenString && len(t.text) > 1 {
			found, _, _ := uses(lex(t.text[1:len(t.text)-1], d), database, d)
			named = named || len(found) > 0
		}
	}
	return executes && named
}

func confirm(code string, objects []string, en, zh, remedyEN, remedyZH string) Finding {
	return NewFinding(Confirm, code, objects, en, zh, remedyEN, remedyZH)
}

func block(code string, objects []string, en, zh, remedyEN, remedyZH string) Finding {
	return NewFinding(Block, code, objects, en, zh, remedyEN, remedyZH)
}

// NewFinding is what is said in two languages: what was found, and what to do about it.
func NewFinding(level Level, code string, objects []string, en, zh, remedyEN, remedyZH string) Finding {
	return Finding{Level: level, Code: code, Objects: objects, Message: Text{EN: en, ZH: zh}, Remedy: Text{EN: remedyEN, ZH: remedyZH}}
}
