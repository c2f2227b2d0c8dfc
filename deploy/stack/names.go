package main

import (
	"context"
	"net"

	"golang.org/x/net/dns/dnsmessage"
)

// startNames serves DNS on a free port until ctx ends and returns its address. Every host name has the given addresses.
func startNames(ctx context.Context, ips [][4]byte) (address string, err error) {
	c, err := new(net.ListenConfig).ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	context.AfterFunc(ctx, func() { _ = c.Close() })
	go func() {
		buffer := make([]byte, 1<<10)
		for {
			n, from, err := c.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer, err := resolve(buffer[:n], ips); err == nil {
				_, _ = c.WriteTo(answer, from)
			}
		}
	}()
	return c.LocalAddr().String(), nil
}

// resolve returns the answer to a DNS query.
func resolve(query []byte, ips [][4]byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	for _, q := range m.Questions {
		for _, ip := range ips {
			if q.Type != dnsmessage.TypeA {
				break // and no error: the name exists
			}
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET},
				Body:   &dnsmessage.AResource{A: ip},
			})
		}
	}
	return m.Pack()
}
