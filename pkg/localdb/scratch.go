package localdb

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

const (
	memoryDisk = "/dev/shm"
	plenty     = 8 << 30
)

// scratch is where servers that nobody keeps have their folders: in memory while there is plenty, because a CREATE or DROP
// TABLE waits for the disk whatever the settings say. Empty means where temporary files are, as who set TMPDIR wants it.
func scratch() string {
	var disk syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memoryDisk, &disk) != nil {
		return ""
	}
	if uint64(disk.Bavail)*uint64(disk.Bsize) < plenty || availableMemory() < plenty {
		return ""
	}
	return memoryDisk
}

// availableMemory is in bytes, 0 where the system does not tell.
func availableMemory() (bytes uint64) {
	told, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(told)) {
		var kibibytes uint64
		if n, _ := fmt.Sscanf(line, "MemAvailable: %d kB", &kibibytes); n == 1 {
			return kibibytes << 10
		}
	}
	return 0
}
