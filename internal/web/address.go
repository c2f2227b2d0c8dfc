package web

import (
	"cmp"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// ClientAddress returns the caller's IP address. It uses X-Forwarded-For, or Forwarded if that is
// missing, only as far as the given number of trusted proxies has written it: with one proxy, the
// last element; with none, it ignores the header, which the client can forge. It returns the
// address of the connection when that element is not an address.
func ClientAddress(r *http.Request, trustedProxies int) string {
	address, _ := clientAddress(r, trustedProxies)
	return address
}

// clientAddress is ClientAddress. unread is an element that is not an address.
func clientAddress(r *http.Request, trustedProxies int) (address, unread string) {
	connection, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		connection = r.RemoteAddr
	}
	if trustedProxies == 0 {
		return connection, ""
	}
	hops := headerList(r.Header.Values("X-Forwarded-For"))
	if len(hops) == 0 {
		for _, hop := range headerList(r.Header.Values("Forwarded")) {
			hops = append(hops, forwardedFor(hop))
		}
	}
	if len(hops) < trustedProxies {
		return connection, strings.Join(hops, ", ")
	}
	hop := hops[len(hops)-trustedProxies]
	if a, ok := parseHop(hop); ok {
		return a.String(), ""
	}
	return connection, cmp.Or(hop, "none")
}

// headerList splits a header that is a list, whose empty elements do not count (RFC 9110). No address has a comma in
// it, quoted or not.
func headerList(values []string) (elements []string) {
	for _, element := range strings.Split(strings.Join(values, ","), ",") {
		if element = strings.TrimSpace(element); element != "" {
			elements = append(elements, element)
		}
	}
	return elements
}

// forwardedFor returns the parameter "for" of an element of Forwarded (RFC 7239), without its quotes; "" for none.
func forwardedFor(element string) string {
	for _, pair := range strings.Split(element, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(name, "for") {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// parseHop reads an address with or without a port: 192.0.2.1, 192.0.2.1:80, 2001:db8::1, [2001:db8::1] or
// [2001:db8::1]:80. The zone of a link-local address is dropped, and IPv4 in IPv6 is IPv4.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if host, _, err := net.SplitHostPort(hop); err == nil {
		hop = host
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]"))
	return a.WithZone("").Unmap(), err == nil
}

// unreadAddresses counts the forwarded addresses that could not be read, and logs the first.
type unreadAddresses struct {
	counter prometheus.Counter
	once    sync.Once
}

func (u *unreadAddresses) note(log *slog.Logger, unread string) {
	u.counter.Inc()
	u.once.Do(func() {
		log.Warn("the trusted proxy has forwarded no valid client address; limits count the proxy's own address",
			"forwarded", unread)
	})
}
