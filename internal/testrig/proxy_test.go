package testrig

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Cut off, connections end at once and new ones come to nothing; frozen,
// nothing is answered until later; forgotten, nothing ever is, and new connections work.
func TestProxy_Cut_RefusesConnections(t *testing.T) {
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
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	p := NewProxy(t, echo.Addr().String())
	hears := func(c net.Conn, patience time.Duration) error {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
		_, err := io.ReadFull(c, make([]byte, 1))
		return err
	}
	says := func(c net.Conn, err error) error {
		if err != nil {
			return err
		}
		if _, err := c.Write([]byte("x")); err != nil {
			return err
		}
		return hears(c, 10*time.Second)
	}
	silent := func(c net.Conn) bool {
		_, err := c.Write([]byte("x"))
		return err == nil && errors.Is(hears(c, 50*time.Millisecond), os.ErrDeadlineExceeded)
	}
	open, err := net.Dial("tcp", p.Addr())
	require.NoError(t, says(open, err))
	p.Freeze()
	another, err := net.Dial("tcp", p.Addr())
	require.NoError(t, err)
	require.True(t, silent(open) && silent(another))
	p.Mend()
	require.NoError(t, errors.Join(hears(open, 10*time.Second), hears(another, 10*time.Second)),
		"what was said arrives")
	p.Forget()
	require.True(t, silent(open) && silent(another))
	require.NoError(t, says(net.Dial("tcp", p.Addr())))
	require.True(t, silent(open))
	p.Cut()
	require.NotErrorIs(t, says(open, nil), os.ErrDeadlineExceeded)
	require.Error(t, says(open, nil))
	require.Error(t, says(net.Dial("tcp", p.Addr())))
	p.Mend()
	open, err = net.Dial("tcp", p.Addr())
	require.NoError(t, says(open, err))
	p.CutAfter(2) // there and back
	require.NoError(t, says(open, nil))
	require.Error(t, says(open, nil))
}
