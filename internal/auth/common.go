package auth

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// commonPasswords are the most common passwords of 8 bytes or more, in lower case and sorted, from the
// data of zxcvbn (MIT licence, Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.).
//
//go:embed common_passwords.txt
var commonPasswords string

var common = sync.OnceValue(func() []string { return strings.Fields(commonPasswords) })

// CommonPassword reports whether a password is one of the most common ones, ignoring case.
func CommonPassword(password string) bool {
	_, found := slices.BinarySearch(common(), strings.ToLower(password))
	return found
}
