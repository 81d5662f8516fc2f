package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNewNames_AreRecognisedAsOurOwn(t *testing.T) {
	t.Parallel()
	n := NewNames(7)
	assert.True(t, IsOwnSchema(n.Staging))
	assert.True(t, IsOwnSchema(n.Old))
	assert.NotEqual(t, n, NewNames(7))
	for _, other := range []string{"shop", "_om_", "_om_x_1", "_om_abcdefgh_1_old2", "x_om_abcdefgh_1"} {
		assert.False(t, IsOwnSchema(other), other)
	}
}

func TestIdent_DoublesTheQuote(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "`a``b`", Ident("a`b"))
	assert.Equal(t, "`s`.`t.u`", QName("s", "t.u"))
}
