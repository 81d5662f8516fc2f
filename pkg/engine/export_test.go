package engine

func init() { deferFrom = 0 }
