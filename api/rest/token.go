package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/account"
	"overmind/pkg/event"
	"overmind/pkg/secret"
)

type tokenService interface {
	ListTokens(ctx context.Context, actor event.Actor) ([]account.Token, error)
	CreateToken(ctx context.Context, actor event.Actor, name string, expires time.Time) (account.Token, secret.String, error)
	DeleteToken(ctx context.Context, actor event.Actor, id int64) error
}

// Token is a personal access token without its value.
type Token struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix"` // the first characters of the value
	ExpiresAt  *time.Time `json:"expires_at,omitempty" format:"date-time"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" format:"date-time"`
	CreatedAt  time.Time  `json:"created_at" format:"date-time"`
}

// TokenDraft asks for a token.
type TokenDraft struct {
	Name      string     `json:"name" binding:"required"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" format:"date-time"`
}

// NewToken is a token with its value, which is shown this once.
type NewToken struct {
	Token
	Value string `json:"value"`
}

// TokenList is my tokens.
type TokenList struct {
	Items []Token `json:"items"`
}

type tokenHandlers struct{ accounts tokenService }

// list
//
//	@Summary	My tokens
//	@ID			listTokens
//	@Tags		tokens
//	@Produce	json
//	@Success	200			{object}	TokenList
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tokens [get]
func (h tokenHandlers) list(c *gin.Context) error {
	if err := noQuery(c); err != nil {
		return err
	}
	tokens, err := h.accounts.ListTokens(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, TokenList{Items: each(tokens, tokenOf)})
	return nil
}

// create
//
//	@Summary		Make a token
//	@Description	Its value is in this answer and nowhere else. A token cannot make tokens.
//	@ID				createToken
//	@Tags			tokens
//	@Accept			json
//	@Produce		json
//	@Param			body	body		TokenDraft	true	"name and end"
//	@Success		201		{object}	NewToken
//	@Failure		400,401,403,409,413,415,422	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/tokens [post]
func (h tokenHandlers) create(c *gin.Context) error {
	var in TokenDraft
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	token, value, err := h.accounts.CreateToken(c.Request.Context(), actor(c), in.Name, timeOf(in.ExpiresAt))
	if err != nil {
		return err
	}
	c.JSON(http.StatusCreated, NewToken{Token: tokenOf(token), Value: value.Reveal()})
	return nil
}

// remove
//
//	@Summary	End a token
//	@ID			deleteToken
//	@Tags		tokens
//	@Param		id	path	int	true	"token"	format(int64)
//	@Success	204
//	@Failure	400,401,403,404	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tokens/{id} [delete]
func (h tokenHandlers) remove(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := h.accounts.DeleteToken(c.Request.Context(), actor(c), id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func tokenOf(t account.Token) Token {
	return Token{ID: t.ID, Name: t.Name, Prefix: t.Prefix, ExpiresAt: optionalTime(t.ExpiresAt),
		LastUsedAt: optionalTime(t.LastUsedAt), CreatedAt: t.CreatedAt}
}
