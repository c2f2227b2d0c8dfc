package testrig

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheProxyCutsAndMends: what is cut ends at once, and new connections come to nothing
// until it is mended.
func TestTheProxyCutsAndMends(t *testing.T) {
	t.Parallel()
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer echo.Close()
	go func() {
		for {
			c, err := echo.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c) }()
		}
	}()
	p := NewProxy(t, echo.Addr().String())
	says := func(c net.Conn, err error) error {
		if err != nil {
			return err
		}
		if _, err := c.Write([]byte("x")); err != nil {
			return err
		}
		_, err = io.ReadFull(c, make([]byte, 1))
		return err
	}
	open, err := net.Dial("tcp", p.Addr())
	require.NoError(t, says(open, err))
	p.Cut()
	require.Error(t, says(open, nil))
	require.Error(t, says(net.Dial("tcp", p.Addr())))
	p.Mend()
	require.NoError(t, says(net.Dial("tcp", p.Addr())))
}
