package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/account"
	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

// Accounts is everything about people; each handler uses its part.
type Accounts interface {
	Authenticator
	sessionService
	tokenService
	userService
	viewService
}

type sessionService interface {
	Login(ctx context.Context, username string, password secret.String, address string) (account.Session, error)
	Refresh(ctx context.Context, refresh secret.String, address string) (account.Session, error)
	Logout(ctx context.Context, access, refresh secret.String, address string) error
	ChangePassword(ctx context.Context, actor event.Actor, old, next secret.String) (account.Session, error)
}

// Credentials is a sign-in.
type Credentials struct {
	Username string        `json:"username" binding:"required" example:"li.wei"`
	Password secret.String `json:"password" swaggertype:"string" format:"password"`
}

// PasswordChange is a new password with the proof that it is its owner who asks.
type PasswordChange struct {
	OldPassword secret.String `json:"old_password" swaggertype:"string" format:"password"`
	NewPassword secret.String `json:"new_password" swaggertype:"string" format:"password"`
}

// Session is a sign-in that has begun; its tokens are in cookies that scripts cannot read.
type Session struct {
	User      User      `json:"user"`
	ExpiresAt time.Time `json:"expires_at" format:"date-time"` // refresh before
}

type sessionHandlers struct {
	accounts sessionService
	cookies  cookies
}

// login
//
//	@Summary		Sign in
//	@Description	Sets the session cookies. Tools use a personal access token instead.
//	@ID				login
//	@Tags			session
//	@Accept			json
//	@Produce		json
//	@Param			body	body		Credentials	true	"who"
//	@Success		200		{object}	Session
//	@Failure		400,401,403,413,415,429	{object}	Problem
//	@Router			/api/v1/auth/login [post]
func (h sessionHandlers) login(c *gin.Context) error {
	var in Credentials
	if err := decode(c, maxLoginBody, &in); err != nil {
		return err
	}
	session, err := h.accounts.Login(c.Request.Context(), in.Username, in.Password, c.ClientIP())
	return h.begin(c, session, err)
}

// refresh
//
//	@Summary		Go on with a session
//	@Description	Takes the refresh cookie, gives new ones. Using an old one again ends the session everywhere.
//	@ID				refreshSession
//	@Tags			session
//	@Produce		json
//	@Success		200		{object}	Session
//	@Failure		401,403	{object}	Problem
//	@Router			/api/v1/auth/refresh [post]
func (h sessionHandlers) refresh(c *gin.Context) error {
	value := h.cookies.read(c.Request, h.cookies.refresh)
	if value == "" || len(value) > maxCredential {
		return fault.New(fault.Unauthenticated, "sign_in_required", "Sign in first.")
	}
	session, err := h.accounts.Refresh(c.Request.Context(), secret.New(value), c.ClientIP())
	return h.begin(c, session, err)
}

// logout
//
//	@Summary	Sign out
//	@ID			logout
//	@Tags		session
//	@Success	204
//	@Failure	401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/auth/logout [post]
func (h sessionHandlers) logout(c *gin.Context) error {
	refresh := secret.New(h.cookies.read(c.Request, h.cookies.refresh))
	if err := h.accounts.Logout(c.Request.Context(), credential(c), refresh, c.ClientIP()); err != nil {
		return err
	}
	h.cookies.clear(c)
	c.Status(http.StatusNoContent)
	return nil
}

// me
//
//	@Summary	Who am I?
//	@ID			getMe
//	@Tags		session
//	@Produce	json
//	@Success	200		{object}	User
//	@Failure	401		{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/me [get]
func (h sessionHandlers) me(c *gin.Context) error {
	user, _ := caller(c)
	c.JSON(http.StatusOK, userOf(user))
	return nil
}

// changePassword
//
//	@Summary		Change my password
//	@Description	Ends every other session of mine and begins a new one here.
//	@ID				changePassword
//	@Tags			session
//	@Accept			json
//	@Produce		json
//	@Param			body	body		PasswordChange	true	"old and new"
//	@Success		200		{object}	Session
//	@Failure		400,401,403,413,415,422,429	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/me/password [put]
func (h sessionHandlers) changePassword(c *gin.Context) error {
	var in PasswordChange
	if err := decode(c, maxLoginBody, &in); err != nil {
		return err
	}
	session, err := h.accounts.ChangePassword(c.Request.Context(), actor(c), in.OldPassword, in.NewPassword)
	return h.begin(c, session, err)
}

func (h sessionHandlers) begin(c *gin.Context, s account.Session, err error) error {
	if err != nil {
		return err
	}
	h.cookies.set(c, s)
	c.JSON(http.StatusOK, Session{User: userOf(s.User), ExpiresAt: s.AccessExpires})
	return nil
}
