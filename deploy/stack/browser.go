package main

import (
	"errors"
	"os"
	"os/exec"
)

// chromium returns the path of a Chromium or Chrome: the one in CHROMIUM, one of this machine, or
// one that it installs.
func chromium() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path, nil
	}
	find := func() string {
		for _, name := range []string{
			"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
			"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
		} {
			if path, err := exec.LookPath(name); err == nil {
				return path
			}
		}
		return ""
	}
	if path := find(); path != "" {
		return path, nil
	}
	err := install("chromium")
	if path := find(); path != "" {
		return path, nil
	}
	return "", errors.Join(errors.New("no Chromium: install it, or name a Chrome in CHROMIUM"), err)
}
