package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// DeviceLifetime is how long a device stays known after its last login.
const DeviceLifetime = 180 * 24 * time.Hour

// Devices signs and reads the tokens of known devices: those on which an account has logged in. A
// token is not a credential; it gives a device its own counter of failed guesses at that account.
type Devices struct {
	keys [][]byte
	now  func() time.Time
}

// NewDevices returns the signer. Tokens are signed with the first secret; those of the previous one,
// which may be "", are read as well.
func NewDevices(secret, previous string) *Devices {
	d := &Devices{now: time.Now}
	for _, s := range []string{secret, previous} {
		if s != "" {
			d.keys = append(d.keys, keyFor("known devices", s))
		}
	}
	return d
}

// NewDevice returns a name for a new device.
func NewDevice() string { return rand.Text() }

// Token returns the token of a device for the account of a role with an address. It holds the device's
// name, the time and a signature.
func (d *Devices) Token(role market.Role, email market.Email, device string) string {
	issued := strconv.FormatInt(d.now().Unix(), 10)
	return device + "." + issued + "." + deviceSignature(d.keys[0], role, email, device, issued)
}

// Read returns the device of a token; "" when the token is not valid for the account.
func (d *Devices) Read(role market.Role, email market.Email, token string) (device string) {
	device, rest, _ := strings.Cut(token, ".")
	issued, signed, _ := strings.Cut(rest, ".")
	seconds, err := strconv.ParseInt(issued, 10, 64)
	if err != nil || device == "" || d.now().Sub(time.Unix(seconds, 0)) > DeviceLifetime {
		return ""
	}
	for _, key := range d.keys {
		if hmac.Equal([]byte(signed), []byte(deviceSignature(key, role, email, device, issued))) {
			return device
		}
	}
	return ""
}

func deviceSignature(key []byte, role market.Role, email market.Email, device, issued string) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s\n%s\n%s\n%s", role, email, device, issued)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}
