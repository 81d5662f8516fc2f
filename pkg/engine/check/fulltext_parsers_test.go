package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestFullTextParserThatTheTargetLacksIsNamed(t *testing.T) {
	t.Parallel()
	make := []string{"CREATE TABLE plain (t TEXT COMMENT 'WITH PARSER `ngram`', FULLTEXT (t))", "CREATE TABLE split (t TEXT, u TEXT, FULLTEXT (t) WITH PARSER ngram, FULLTEXT (u) WITH PARSER ngram)"}
	between(t, testkit.MySQL(t), testkit.MySQL(t)).onSource(make...).green("fulltext_parser_not_on_target")
	between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(make...).red(engine.Block, "fulltext_parser_not_on_target", "split (ngram)")
}
