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

type userService interface {
	List(ctx context.Context, actor event.Actor) ([]account.User, error)
	Get(ctx context.Context, actor event.Actor, id int64) (account.User, error)
	Create(ctx context.Context, actor event.Actor, u account.User, password secret.String) (account.User, error)
	Update(ctx context.Context, actor event.Actor, id int64, p account.Patch) (account.User, error)
	ResetPassword(ctx context.Context, actor event.Actor, id int64) (secret.String, error)
}

// User is a person.
type User struct {
	ID                 int64     `json:"id"`
	Username           string    `json:"username"`
	DisplayName        string    `json:"display_name"`
	Email              string    `json:"email"`
	Team               string    `json:"team"`
	Language           string    `json:"language" example:"zh"`
	Role               string    `json:"role" enums:"user,dba,admin"`
	Disabled           bool      `json:"disabled"`
	MustChangePassword bool      `json:"must_change_password"`
	CreatedAt          time.Time `json:"created_at" format:"date-time"`
	UpdatedAt          time.Time `json:"updated_at" format:"date-time"`
}

// UserList is everybody.
type UserList struct {
	Items []User `json:"items"`
}

// UserDraft is a new user; the password must be changed at the first sign-in.
type UserDraft struct {
	Username    string        `json:"username" binding:"required"`
	Password    secret.String `json:"password" swaggertype:"string" format:"password"`
	Role        string        `json:"role" binding:"required" enums:"user,dba,admin"`
	DisplayName string        `json:"display_name,omitempty"`
	Email       string        `json:"email,omitempty"`
	Team        string        `json:"team,omitempty"`
	Language    string        `json:"language,omitempty" enums:"en,zh"`
}

// UserPatch changes what it names.
type UserPatch struct {
	DisplayName *string `json:"display_name,omitempty"`
	Email       *string `json:"email,omitempty"`
	Team        *string `json:"team,omitempty"`
	Language    *string `json:"language,omitempty" enums:"en,zh"`
	Role        *string `json:"role,omitempty" enums:"user,dba,admin"`
	Disabled    *bool   `json:"disabled,omitempty"`
}

// NewPassword is a password that works once: it must be changed at the next sign-in.
type NewPassword struct {
	Password string `json:"password"`
}

type userHandlers struct{ accounts userService }

// list
//
//	@Summary	Users
//	@ID			listUsers
//	@Tags		users
//	@Produce	json
//	@Success	200			{object}	UserList
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/users [get]
func (h userHandlers) list(c *gin.Context) error {
	if err := noQuery(c); err != nil {
		return err
	}
	users, err := h.accounts.List(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, UserList{Items: each(users, userOf)})
	return nil
}

// create
//
//	@Summary	Add a user
//	@ID			createUser
//	@Tags		users
//	@Accept		json
//	@Produce	json
//	@Param		body	body		UserDraft	true	"the user"
//	@Success	201		{object}	User
//	@Failure	400,401,403,409,413,415,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/users [post]
func (h userHandlers) create(c *gin.Context) error {
	var in UserDraft
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	user, err := h.accounts.Create(c.Request.Context(), actor(c), account.User{Username: in.Username, DisplayName: in.DisplayName,
		Email: in.Email, Team: in.Team, Language: in.Language, Role: event.Role(in.Role)}, in.Password)
	if err != nil {
		return err
	}
	c.JSON(http.StatusCreated, userOf(user))
	return nil
}

// get
//
//	@Summary	A user
//	@ID			getUser
//	@Tags		users
//	@Produce	json
//	@Param		id				path		int	true	"user"	format(int64)
//	@Success	200				{object}	User
//	@Failure	400,401,403,404	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/users/{id} [get]
func (h userHandlers) get(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	user, err := h.accounts.Get(c.Request.Context(), actor(c), id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, userOf(user))
	return nil
}

// update
//
//	@Summary		Change a user
//	@Description	A new role, or disabling, ends the user's sessions within a second.
//	@ID				updateUser
//	@Tags			users
//	@Accept			json
//	@Produce		json
//	@Param			id		path		int			true	"user"	format(int64)
//	@Param			body	body		UserPatch	true	"what to change"
//	@Success		200		{object}	User
//	@Failure		400,401,403,404,409,413,415,422	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/users/{id} [patch]
func (h userHandlers) update(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in UserPatch
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	user, err := h.accounts.Update(c.Request.Context(), actor(c), id, account.Patch{DisplayName: in.DisplayName, Email: in.Email,
		Team: in.Team, Language: in.Language, Role: (*event.Role)(in.Role), Disabled: in.Disabled})
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, userOf(user))
	return nil
}

// resetPassword
//
//	@Summary		Give a user a new password
//	@Description	Ends the user's sessions and access tokens. The answer shows the password this once.
//	@ID				resetPassword
//	@Tags			users
//	@Produce		json
//	@Param			id				path		int	true	"user"	format(int64)
//	@Success		200				{object}	NewPassword
//	@Failure		400,401,403,404	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/users/{id}/reset-password [post]
func (h userHandlers) resetPassword(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	password, err := h.accounts.ResetPassword(c.Request.Context(), actor(c), id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, NewPassword{Password: password.Reveal()})
	return nil
}

func userOf(u account.User) User {
	return User{ID: u.ID, Username: u.Username, DisplayName: u.DisplayName, Email: u.Email, Team: u.Team, Language: u.Language,
		Role: string(u.Role), Disabled: u.Disabled, MustChangePassword: u.MustChangePassword, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt}
}
