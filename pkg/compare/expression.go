package compare

import (
	"errors"
	"strings"
)

// expression prints an expression with all brackets that its meaning has, whichever of them were written: one flavour
// prints them all, the other only those that are needed. What is beyond this grammar is printed without any.
func expression(tokens []token) string {
	tokens = withoutRegexpLike(tokens)
	p := parser{tokens: tokens}
	printed, err := p.expression(0)
	if err != nil || p.next < len(tokens) {
		return text(withoutBrackets(tokens))
	}
	return printed
}

// withoutRegexpLike writes the function as the operator that the other flavour prints.
func withoutRegexpLike(tokens []token) []token {
	var plain []token
	for i := 0; i < len(tokens); i++ {
		if end := closing(tokens, min(i+1, len(tokens)-1)); tokens[i].is("regexp_like") && at(tokens, i+1).text == "(" {
			if arguments := split(tokens[i+2 : end]); len(arguments) == 2 {
				plain = append(append(append(plain, token{punct, "("}), withoutRegexpLike(arguments[0])...), token{word, "regexp"})
				plain = append(append(plain, withoutRegexpLike(arguments[1])...), token{punct, ")"})
				i = end
				continue
			}
		}
		plain = append(plain, tokens[i])
	}
	return plain
}

// binding says how strongly operators bind.
var binding = map[string]int{
	"or": 1, "||": 1, "xor": 2, "and": 3, "&&": 3,
	"=": 5, "<=>": 5, ">=": 5, ">": 5, "<=": 5, "<": 5, "<>": 5, "!=": 5, "like": 5, "regexp": 5, "is": 5, "in": 5, "between": 5,
	"|": 6, "&": 7, "<<": 8, ">>": 8, "-": 9, "+": 9, "*": 10, "/": 10, "%": 10, "div": 10, "mod": 10, "^": 11,
}

const (
	bindsNot   = 4
	bindsMinus = 12
)

var errBeyond = errors.New("beyond this grammar")

type parser struct {
	tokens []token
	next   int
}

func (p *parser) peek() token { return at(p.tokens, p.next) }
func (p *parser) take() token { p.next++; return at(p.tokens, p.next-1) }

func (p *parser) accept(text string) bool {
	if !strings.EqualFold(p.peek().text, text) || p.peek().kind == str || p.peek().kind == ident {
		return false
	}
	p.next++
	return true
}

func (p *parser) expression(least int) (string, error) {
	left, err := p.operand()
	for err == nil {
		operator := strings.ToLower(p.peek().text)
		binds, known := binding[operator]
		if not := operator == "not"; not {
			binds, known = 5, true
		}
		if !known || binds <= least || p.peek().kind == ident || p.peek().kind == str {
			break
		}
		p.take()
		left, err = p.operation(left, operator, binds)
	}
	return left, err
}

func (p *parser) operation(left, operator string, binds int) (string, error) {
	if operator == "not" { // NOT IN, NOT LIKE, NOT BETWEEN
		following := strings.ToLower(p.take().text)
		positive, err := p.operation(left, following, binds)
		return "not " + positive, err
	}
	switch operator {
	case "is":
		not := p.accept("not")
		right := strings.ToLower(p.take().text)
		if right != "null" {
			left = truth(left)
		}
		if not {
			return "(" + left + " is not " + right + ")", nil
		}
		return "(" + left + " is " + right + ")", nil
	case "in":
		list, err := p.list()
		return "(" + left + " in" + list + ")", err
	case "between":
		low, err := p.expression(binds)
		if err != nil || !p.accept("and") {
			return "", errBeyond
		}
		high, err := p.expression(binds)
		return "(" + left + " between " + low + " and " + high + ")", err
	}
	right, err := p.expression(binds)
	switch operator {
	case "or", "||", "xor", "and", "&&":
		left, right = truth(left), truth(right)
	}
	return "(" + left + " " + operator + " " + right + ")", err
}

// truth takes off what one flavour writes around a number that is asked for its truth.
func truth(operand string) string {
	if inner, ok := strings.CutPrefix(operand, "(0 <> "); ok {
		return strings.TrimSuffix(inner, ")")
	}
	if inner, ok := strings.CutSuffix(operand, " <> 0)"); ok {
		return strings.TrimPrefix(inner, "(")
	}
	return operand
}

func (p *parser) operand() (string, error) {
	switch t := p.take(); {
	case t.text == "(":
		inner, err := p.expression(0)
		if err == nil && !p.accept(")") {
			err = errBeyond
		}
		return inner, err
	case t.is("not"), t.text == "!":
		inner, err := p.expression(bindsNot)
		return "not " + truth(inner), err
	case t.text == "-":
		inner, err := p.expression(bindsMinus)
		return "-" + inner, err
	case t.is("case"), t.is("interval"), t.is("select"), t.is("exists"), t.is("cast"), t.is("convert"):
		return "", errBeyond
	case t.kind == punct:
		return "", errBeyond
	case t.kind == word && p.peek().text == "(":
		list, err := p.list()
		if t.is("week") && !strings.Contains(list, ",") { // the mode that one flavour writes out
			list = strings.TrimSuffix(list, ")") + ", 0)"
		}
		return strings.ToLower(t.text) + list, err
	case t.is("x") && p.peek().kind == str:
		return "0x" + p.take().value(), nil
	case t.kind == ident:
		for p.accept(".") {
			t.text += "." + p.take().text
		}
		return strings.ToLower(t.text), nil // as it was written on one flavour, as it is called on the other
	default:
		return t.text, nil
	}
}

// list is (a, b, …).
func (p *parser) list() (string, error) {
	if !p.accept("(") {
		return "", errBeyond
	}
	var items []string
	for !p.accept(")") {
		item, err := p.expression(0)
		if err != nil {
			return "", err
		}
		items = append(items, item)
		if !p.accept(",") && p.peek().text != ")" {
			return "", errBeyond
		}
	}
	return "(" + strings.Join(items, ", ") + ")", nil
}
