package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"
	swaggerFiles "github.com/swaggo/files"
	ginSwagger "github.com/swaggo/gin-swagger"

	"overmind/docs/openapi"
)

//	@title						Overmind
//	@version					1
//	@description				Copies MySQL databases by ticket. Programs sign in with a personal access token as bearer, pages with the session cookie.
//	@description				Every error is a Problem with a stable code. Times are RFC 3339 in UTC, ids are whole numbers.
//	@securityDefinitions.apikey	cookie
//	@in							cookie
//	@name						__Host-om
//	@description				The session cookie; sign in with POST /api/v1/auth/login. Plain http on another host than this one names it `om`.
//	@securityDefinitions.apikey	bearer
//	@in							header
//	@name						Authorization
//	@description				A personal access token.

// swaggerAssets are the files of the page; gin-swagger answers everything else with a text of its own.
var swaggerAssets = map[string]bool{
	"index.html": true, "index.css": true, "swagger-initializer.js": true, "swagger-ui.css": true,
	"swagger-ui-bundle.js": true, "swagger-ui-standalone-preset.js": true,
	"favicon-16x16.png": true, "favicon-32x32.png": true,
}

type docsHandlers struct{ ui gin.HandlerFunc }

func newDocsHandlers() docsHandlers {
	return docsHandlers{ui: ginSwagger.WrapHandler(swaggerFiles.NewHandler(),
		ginSwagger.URL("/openapi.json"), ginSwagger.PersistAuthorization(false), ginSwagger.DefaultModelsExpandDepth(-1))}
}

// document
//
//	@Summary	This document
//	@ID			getOpenAPI
//	@Tags		system
//	@Produce	json
//	@Success	200	{object}	object
//	@Router		/openapi.json [get]
func (h docsHandlers) document(c *gin.Context) error {
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "application/json", openapi.Document)
	return nil
}

// swagger
//
//	@Summary	This document as a page that can call the API
//	@ID			getSwagger
//	@Tags		system
//	@Produce	html
//	@Param		file	path		string	true	"index.html"
//	@Success	200		{string}	string
//	@Failure	404		{object}	Problem
//	@Router		/swagger/{file} [get]
func (h docsHandlers) swagger(c *gin.Context) error {
	file := c.Param("file")
	if !swaggerAssets[file] {
		return errNoRoute
	}
	// gin-swagger remembers where it is mounted from the first URI it sees, query included.
	c.Request.RequestURI = "/swagger/" + file
	c.Header("Cache-Control", "no-cache")
	h.ui(c)
	return nil
}
