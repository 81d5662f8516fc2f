//go:build !soak

package main

// How many seeds and random moments the tests of kills and cancels take, and how often a program that sends messages is
// killed at each place: one quick round. -tags soak takes them all.
const (
	killSeeds     = 1
	cancelMoments = 3
	messageKills  = 3
)
