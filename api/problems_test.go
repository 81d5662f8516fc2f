package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/frontend"
)

// What ends a ticket is told in mails and on pages to people who read Chinese, so its code must have Chinese words.
func TestProblems_WhatEndsATicketHasChineseWords(t *testing.T) {
	t.Parallel()
	words, err := frontend.Problems()
	require.NoError(t, err)
	codes := map[string]bool{}
	for _, room := range []string{"engine", "migration", "job", "inventory", "secret"} {
		require.NoError(t, filepath.WalkDir("../pkg/"+room, func(path string, _ fs.DirEntry, err error) error {
			findings := strings.Contains(path, "/check/") // which come in both languages
			if err != nil || findings || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err == nil {
				ast.Inspect(file, func(n ast.Node) bool { collectCodes(n, codes); return true })
			}
			return err
		}))
	}
	for _, of := range []string{"lease_lost", "cleaned_up", "source_unreachable", "target_unreachable", "preflight_unfinished", "copy_failed", "undo_failed"} {
		codes[of] = true
	}
	require.Greater(t, len(codes), 60)
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		if !strings.HasPrefix(code, "keys_") && code != "not_staging" { // of the command line alone
			require.NotEmpty(t, words[code], code)
		}
	}
}

// collectCodes notes the codes of faults, of verdicts, and those that a variable named code is given.
func collectCodes(n ast.Node, codes map[string]bool) {
	add := func(e ast.Expr) {
		if literal, is := e.(*ast.BasicLit); is && literal.Kind == token.STRING {
			if code, err := strconv.Unquote(literal.Value); err == nil {
				codes[code] = true
			}
		}
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		at := map[string]int{"New": 1, "Wrap": 2}
		if f, is := n.Fun.(*ast.SelectorExpr); is {
			if of, is := f.X.(*ast.Ident); is && of.Name == "fault" && at[f.Sel.Name] > 0 {
				add(n.Args[at[f.Sel.Name]])
			}
		}
	case *ast.AssignStmt:
		if name, is := n.Lhs[0].(*ast.Ident); is && name.Name == "code" {
			add(n.Rhs[0])
		}
	case *ast.CompositeLit:
		if of, is := n.Type.(*ast.SelectorExpr); is && of.Sel.Name == "Verdict" {
			for _, element := range n.Elts {
				if pair, is := element.(*ast.KeyValueExpr); is && pair.Key.(*ast.Ident).Name == "Code" {
					add(pair.Value)
				}
			}
		}
	}
}
