package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// having is a server with these collations and each character set's first as its default.
func having(names ...string) Collations {
	c := Collations{there: map[string]bool{}, defaults: map[string]string{"utf8mb4": names[0]}}
	for _, name := range names {
		c.there[name] = true
	}
	c.declared, c.converted = c.defaults, c.defaults
	return c
}

func TestCollations_NearestKeepsEqualityThenSpacesThenLanguage(t *testing.T) {
	t.Parallel()
	servers := map[string]Collations{
		"MySQL 9": having("utf8mb4_0900_ai_ci", "utf8mb4_0900_as_ci", "utf8mb4_0900_as_cs", "utf8mb4_0900_bin", "utf8mb4_de_pb_0900_ai_ci", "utf8mb4_de_pb_0900_as_cs",
			"utf8mb4_da_0900_ai_ci", "utf8mb4_nb_0900_ai_ci", "utf8mb4_bin", "utf8mb4_general_ci", "utf8mb4_unicode_520_ci", "utf8mb4_german2_ci", "utf8mb3_general_ci", "utf8mb3_unicode_520_ci", "latin1_swedish_ci"),
		"MySQL 5.7": having("utf8mb4_general_ci", "utf8mb4_bin", "utf8mb4_unicode_ci", "utf8mb4_unicode_520_ci", "utf8mb4_german2_ci", "utf8_general_ci"),
		"MariaDB 11": having("utf8mb4_general_ci", "utf8mb4_uca1400_ai_ci", "utf8mb4_uca1400_nopad_ai_ci", "utf8mb4_uca1400_nopad_as_ci", "utf8mb4_uca1400_nopad_as_cs",
			"utf8mb4_uca1400_german2_nopad_ai_ci", "utf8mb4_uca1400_danish_nopad_as_cs", "utf8mb4_nopad_bin", "utf8mb4_bin", "utf8mb4_unicode_520_nopad_ci", "utf8mb3_general_ci", "utf8mb4_0900_ai_ci"),
		"MariaDB 10.4": having("utf8mb4_general_ci", "utf8mb4_unicode_520_nopad_ci", "utf8mb4_nopad_bin", "utf8mb4_bin", "utf8mb4_german2_ci", "utf8_general_ci"),
	}
	for _, test := range []struct{ server, from, to string }{
		{"MariaDB 11", "utf8mb4_0900_ai_ci", "utf8mb4_uca1400_nopad_ai_ci"}, // although the name is taken for another there
		{"MariaDB 11", "utf8mb4_0900_as_ci", "utf8mb4_uca1400_nopad_as_ci"},
		{"MariaDB 11", "utf8mb4_zh_0900_as_cs", "utf8mb4_uca1400_nopad_as_cs"},
		{"MariaDB 11", "utf8mb4_ja_0900_as_cs_ks", "utf8mb4_uca1400_nopad_as_cs"},
		{"MariaDB 11", "utf8mb4_de_pb_0900_ai_ci", "utf8mb4_uca1400_german2_nopad_ai_ci"},
		{"MariaDB 11", "utf8mb4_nb_0900_as_cs", "utf8mb4_uca1400_danish_nopad_as_cs"},
		{"MariaDB 11", "utf8mb4_0900_bin", "utf8mb4_nopad_bin"},
		{"MariaDB 11", "utf8mb4_bin", ""},
		{"MariaDB 10.4", "utf8mb4_0900_ai_ci", "utf8mb4_unicode_520_nopad_ci"},
		{"MariaDB 10.4", "utf8mb4_0900_as_cs", "utf8mb4_nopad_bin"},
		{"MariaDB 10.4", "utf8mb4_de_pb_0900_ai_ci", "utf8mb4_german2_ci"},
		{"MySQL 5.7", "utf8mb4_0900_ai_ci", "utf8mb4_unicode_520_ci"},
		{"MySQL 5.7", "utf8mb4_0900_as_cs", "utf8mb4_bin"},
		{"MySQL 5.7", "utf8mb4_0900_bin", "utf8mb4_bin"},
		{"MySQL 9", "utf8mb4_uca1400_ai_ci", "utf8mb4_0900_ai_ci"},
		{"MySQL 9", "uca1400_nopad_as_cs", "utf8mb4_0900_as_cs"},
		{"MySQL 9", "utf8mb4_uca1400_ai_cs", "utf8mb4_0900_as_cs"},
		{"MySQL 9", "utf8mb4_uca1400_german2_as_ci", "utf8mb4_0900_as_ci"},
		{"MySQL 9", "utf8mb4_uca1400_danish_ai_ci", "utf8mb4_da_0900_ai_ci"},
		{"MySQL 9", "utf8mb4_unicode_520_nopad_ci", "utf8mb4_0900_ai_ci"},
		{"MySQL 9", "utf8mb4_general_nopad_ci", "utf8mb4_general_ci"},
		{"MySQL 9", "utf8mb4_nopad_bin", "utf8mb4_0900_bin"},
		{"MySQL 9", "utf8mb3_uca1400_as_ci", "utf8mb3_unicode_520_ci"},
		{"MySQL 9", "latin1_swedish_nopad_ci", "latin1_swedish_ci"},
		{"MySQL 9", "utf8mb4_thai_520_w2", "utf8mb4_unicode_520_ci"},
	} {
		nearest, changed := servers[test.server].withoutAliases().Nearest(test.from)
		if test.to == "" {
			assert.Equal(t, test.from, nearest)
			assert.False(t, changed)
			continue
		}
		assert.Equal(t, test.to, nearest, "%s on %s", test.from, test.server)
		assert.True(t, changed, "%s on %s", test.from, test.server)
	}
}

func TestCollations_NamesOfTheThreeByteCharacterSetAreNotAChange(t *testing.T) {
	t.Parallel()
	for have, from := range map[string]string{"utf8_general_ci": "utf8mb3_general_ci", "utf8mb3_general_ci": "utf8_general_ci"} {
		nearest, changed := having(have).Nearest(from)
		assert.Equal(t, have, nearest)
		assert.False(t, changed)
	}
}

func TestCollations_AnUnknownCharacterSetHasNoNearest(t *testing.T) {
	t.Parallel()
	nearest, changed := having("utf8mb4_general_ci").Nearest("gb18030_chinese_ci")
	assert.Empty(t, nearest)
	assert.True(t, changed)
}
