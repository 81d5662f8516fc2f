package cases

// tools are what the test suites of tools brought out that read and write databases.
var tools = []Case{
	{Name: "tools: a view over the view that took the place of a table, by an account that does not exist", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(300))", "INSERT INTO t VALUES (1, 'a')", "CREATE TABLE b (id INT, name VARCHAR(300))",
		"CREATE DEFINER = `gone`@`localhost` VIEW a AS SELECT b.id AS id, b.name AS name FROM b", "DROP TABLE b", "CREATE DEFINER = `gone`@`localhost` VIEW b AS SELECT t.id AS id, t.name AS name FROM t",
	}, Want: everywhere("equal definer_replaced")},
}
