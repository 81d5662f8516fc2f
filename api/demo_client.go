package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"overmind/pkg/secret"
)

// apiClient calls the HTTP API as one person, as any other tool would.
type apiClient struct {
	url     string
	token   secret.String
	cookies []*http.Cookie // of a session, until there is a token
}

// apiProblem is an answer of the API that is not a success.
type apiProblem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (p *apiProblem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

// call sends in as JSON (nil = no body) and reads the answer into out (nil = ignored). An answer of 400 and above is
// an *apiProblem.
func (c *apiClient) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token.IsSet() {
		request.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	for _, cookie := range c.cookies {
		request.AddCookie(cookie)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		problem := &apiProblem{}
		if err := json.NewDecoder(response.Body).Decode(problem); err != nil {
			return fmt.Errorf("%s %s: %s", method, path, response.Status)
		}
		return problem
	}
	if set := response.Cookies(); len(set) > 0 {
		c.cookies = set
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(out)
}

// signIn begins a session, sets the person's own password and makes a token, with which the client goes on.
func (c *apiClient) signIn(ctx context.Context, username, oneTime, own string) error {
	type object = map[string]any
	if err := c.call(ctx, http.MethodPost, "/auth/login", object{"username": username, "password": oneTime}, nil); err != nil {
		return err
	}
	if err := c.call(ctx, http.MethodPut, "/me/password", object{"old_password": oneTime, "new_password": own}, nil); err != nil {
		return err
	}
	var made struct {
		Value string `json:"value"`
	}
	if err := c.call(ctx, http.MethodPost, "/tokens", object{"name": "demo"}, &made); err != nil {
		return err
	}
	c.token, c.cookies = secret.New(made.Value), nil
	return nil
}
