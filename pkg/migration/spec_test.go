package migration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
)

// specOf writes a spec with a replaced part.
func specOf(source, target, more string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"source":{"instance_id":1,"database":%s},"target":{"instance_id":2,"database":%s}%s}`, source, target, more))
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	t.Run("fills in every default and sorts", func(t *testing.T) {
		for sent, want := range map[string]string{
			`{"target":{"instance_id":2},"source":{"database":"shop","instance_id":1}}`: `{"content":"structure+data","executor":"auto",` +
				`"if_exists":"refuse","objects":["tables","views","triggers","routines","events"],` +
				`"source":{"database":"shop","instance_id":1},"target":{"database":"shop","instance_id":2}}`,
			`{"tables":["b","a"],"objects":["views","triggers","tables"],"if_exists":"replace","executor":"pipe","content":"structure",` +
				`"source":{"database":"shop","instance_id":1},"target":{"instance_id":1,"database":"copy"}}`: `{"content":"structure","executor":"pipe",` +
				`"if_exists":"replace","objects":["tables","triggers","views"],"source":{"database":"shop","instance_id":1},` +
				`"tables":["a","b"],"target":{"database":"copy","instance_id":1}}`,
		} {
			s, err := parse(json.RawMessage(sent))
			require.NoError(t, err)
			text, err := s.canonical()
			require.NoError(t, err)
			require.Equal(t, want, string(text))
		}
	})
	t.Run("is its own canonical form", func(t *testing.T) {
		s, err := parse(specOf(`"<a&b>"`, `"价格"`, `,"tables":["t'1","t\"2","t;3","t.4","a%b"]`))
		require.NoError(t, err)
		once, err := s.canonical()
		require.NoError(t, err)
		again, err := parse(once)
		require.NoError(t, err)
		twice, err := again.canonical()
		require.NoError(t, err)
		require.Equal(t, string(once), string(twice))
	})
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tables := func(names ...string) json.RawMessage {
		list, err := json.Marshal(names)
		require.NoError(t, err)
		return specOf(`"shop"`, `"copy"`, `,"tables":`+string(list))
	}
	long := strings.Repeat("x", 65)
	many := make([]string, 1000)
	for i := range many {
		many[i] = fmt.Sprintf("%04d%s", i, strings.Repeat("<", 60)) // six bytes each in JSON
	}
	for name, c := range map[string]struct {
		spec  json.RawMessage
		kind  fault.Kind
		field string
		code  string
	}{
		"not JSON":                    {json.RawMessage(`{`), fault.Malformed, "", "malformed_spec"},
		"nothing":                     {nil, fault.Malformed, "", "malformed_spec"},
		"two specs":                   {json.RawMessage(`{}{}`), fault.Malformed, "", "malformed_spec"},
		"broken UTF-8":                {specOf("\"a\xff\"", `"b"`, ""), fault.Malformed, "", "not_utf8"},
		"unknown field":               {specOf(`"a"`, `"b"`, `,"where":"1=1"`), fault.Malformed, "spec.where", "unknown_field"},
		"wrong type":                  {specOf(`7`, `"b"`, ""), fault.Malformed, "spec.source.database", "wrong_type"},
		"id as text":                  {json.RawMessage(`{"source":{"instance_id":"1"}}`), fault.Malformed, "spec.source.instance_id", "wrong_type"},
		"no instances":                {json.RawMessage(`{"source":{"database":"a"},"target":{"database":"b"}}`), fault.Invalid, "spec.source.instance_id", "required"},
		"no database":                 {specOf(`""`, `"b"`, ""), fault.Invalid, "spec.source.database", "required"},
		"leading dash":                {specOf(`"--result-file=/tmp/x"`, `"b"`, ""), fault.Invalid, "spec.source.database", "name_leading_dash"},
		"dash as target":              {specOf(`"a"`, `"-"`, ""), fault.Invalid, "spec.target.database", "name_leading_dash"},
		"newline in a table":          {tables("a\n\\! id #"), fault.Invalid, "spec.tables[0]", "control_char"},
		"control character":           {tables("ok", "a\x01b"), fault.Invalid, "spec.tables[1]", "control_char"},
		"path":                        {tables("../../etc/passwd"), fault.Invalid, "spec.tables[0]", "name_leading_dot"},
		"slash":                       {tables("a/b"), fault.Invalid, "spec.tables[0]", "name_slash"},
		"65 characters":               {specOf(`"a"`, `"`+long+`"`, ""), fault.Invalid, "spec.target.database", "too_long"},
		"system schema":               {specOf(`"a"`, `"MySQL"`, ""), fault.Invalid, "spec.target.database", "system_schema"},
		"system schema as source":     {specOf(`"information_schema"`, `"b"`, ""), fault.Invalid, "spec.source.database", "system_schema"},
		"trailing space":              {specOf(`"a"`, `"b "`, ""), fault.Invalid, "spec.target.database", "name_space"},
		"trailing newline":            {specOf(`"a"`, `"b\n"`, ""), fault.Invalid, "spec.target.database", "name_space"},
		"no-break space":              {specOf(`"a"`, `"b\u00a0"`, ""), fault.Invalid, "spec.target.database", "name_space"},
		"zero-width joiner":           {specOf(`"a"`, `"b\u200d"`, ""), fault.Invalid, "spec.target.database", "control_char"},
		"our own names":               {specOf(`"a"`, `"_om_aaaaaaaa_1"`, ""), fault.Invalid, "spec.target.database", "reserved_name"},
		"no tables at all":            {specOf(`"a"`, `"b"`, `,"tables":[]`), fault.Malformed, "spec.tables", "empty_list"},
		"too many tables":             {tables(many...), fault.TooLarge, "", "too_many_tables"},
		"a table twice":               {tables("t", "t"), fault.Invalid, "spec.tables[1]", "duplicate"},
		"unknown content":             {specOf(`"a"`, `"b"`, `,"content":"data"`), fault.Invalid, "spec.content", "unknown_value"},
		"unknown if_exists":           {specOf(`"a"`, `"b"`, `,"if_exists":"merge"`), fault.Invalid, "spec.if_exists", "unknown_value"},
		"unknown executor":            {specOf(`"a"`, `"b"`, `,"executor":"sh"`), fault.Invalid, "spec.executor", "unknown_value"},
		"fewer kinds of objects":      {specOf(`"a"`, `"b"`, `,"objects":["tables"]`), fault.Invalid, "spec.objects", "not_supported"},
		"same instance and database":  {json.RawMessage(`{"source":{"instance_id":1,"database":"a"},"target":{"instance_id":1,"database":"a"}}`), fault.Invalid, "spec.target.database", sameDatabase},
		"same by default of the name": {json.RawMessage(`{"source":{"instance_id":1,"database":"a"},"target":{"instance_id":1}}`), fault.Invalid, "spec.target.database", sameDatabase},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(c.spec)
			require.Error(t, err)
			refused := fault.As(err)
			require.Equal(t, c.kind, refused.Kind, err)
			require.Equal(t, c.code, refused.Code)
			if c.field != "" {
				require.Equal(t, c.field, refused.Fields[0].Name)
				require.Equal(t, c.code, refused.Fields[0].Code)
			}
		})
	}
}

func TestParseAccepts64Characters(t *testing.T) {
	t.Parallel()
	for _, name := range []string{strings.Repeat("x", 64), strings.Repeat("😀", 64)} {
		_, err := parse(specOf(`"`+name+`"`, `"b"`, ""))
		require.NoError(t, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(specOf(`"a"`, `"b"`, `,"tables":["t"]`)))
	f.Add([]byte(`{"source":null,"tables":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parse(data)
		if err != nil {
			return
		}
		once, err := s.canonical()
		require.NoError(t, err)
		again, err := parse(once)
		require.NoError(t, err, "what was accepted stays acceptable in its canonical form: %s", once)
		twice, err := again.canonical()
		require.NoError(t, err)
		require.Equal(t, string(once), string(twice))
	})
}
