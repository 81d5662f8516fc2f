//go:build soak

package main

const (
	killSeeds     = 5
	cancelMoments = 20
	messageKills  = 50
)
