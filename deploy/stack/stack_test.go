package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPort_Taken_UsesTheNext(t *testing.T) {
	taken := 30100
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", taken))
	for ; err != nil && taken < 30200; l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", taken)) {
		taken++
	}
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var s services
	got, err := s.port("the API", taken, serviceOptions{})
	if err != nil || got <= taken {
		t.Fatalf("port %d, %v", got, err)
	}
	if want := fmt.Sprintf("port %d is taken: the API is on %d", taken, got); len(s.notes) != 1 || s.notes[0] != want {
		t.Fatalf("notes %q, want %q", s.notes, want)
	}
	again, err := s.port("the admin API", got, serviceOptions{})
	if err != nil || again == got {
		t.Fatalf("one port was given out twice: %d, %v", again, err)
	}
}

func TestStack_FolderInUse_Fails(t *testing.T) {
	dir := t.TempDir()
	first, err := openState(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openState(dir); err == nil || !strings.Contains(err.Error(), "another stack runs") {
		t.Fatal(err)
	}
	first.close()
	second, err := openState(dir)
	if err != nil {
		t.Fatal(err)
	}
	second.close()
}

func TestStack_FolderCannotBeMade_Fails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openState(filepath.Join(file, "state")); err == nil || !strings.Contains(err.Error(), "STATE_DIR") {
		t.Fatalf("the error must name the way out: %v", err)
	}
}

func TestStack_Leftovers_AreStoppedOthersAreNot(t *testing.T) {
	st, err := openState(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer st.close()
	leftover, stranger := exec.Command("sleep", "600"), exec.Command("sleep", "600")
	for _, c := range []*exec.Cmd{leftover, stranger} {
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Process.Kill() }()
	}
	write := func(name string, pid int, started string) {
		line := fmt.Sprintf("%d %d %s\n", pid, syscall.SIGTERM, started)
		if err := os.WriteFile(st.path("pids", name), []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("leftover", leftover.Process.Pid, processStart(leftover.Process.Pid))
	write("stranger", stranger.Process.Pid, "1") // a process that has got an old process's id
	ended := make(chan error, 1)
	go func() { ended <- leftover.Wait() }()
	st.stopLeftovers()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the leftover still runs")
	}
	if err := stranger.Process.Signal(syscall.Signal(0)); err != nil {
		t.Fatal("the stranger was stopped")
	}
}

func TestStack_DatabaseURLInvalid_IsOneLine(t *testing.T) {
	st, err := openState(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer st.close()
	t.Setenv("DATABASE_URL", "postgres://nobody:x@127.0.0.1:1/nothing?connect_timeout=1")
	procs := newSupervisor(st)
	_, err = startServices(context.Background(), st, procs, serviceOptions{anyPorts: true})
	if err == nil || !strings.HasPrefix(err.Error(), "DATABASE_URL does not answer") ||
		strings.Contains(err.Error(), "\n") {
		t.Fatal(err)
	}
	if len(procs.running) != 0 {
		t.Fatal("something was left running")
	}
}

func TestMailbox_MailSent_IsShown(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var s services
	if err := startMailbox(ctx, &s, serviceOptions{anyPorts: true}); err != nil {
		t.Fatal(err)
	}
	server := strings.TrimPrefix(s.smtpURL, "smtp://")
	mail := "Subject: =?utf-8?q?=EC=95=88=EB=85=95?=\r\nContent-Transfer-Encoding: quoted-printable\r\n" +
		"\r\n=EC=95=88\r\n<b>1.x</b>\r\n"
	if err := smtp.SendMail(server, nil, "market@example.com", []string{"A@example.com"}, []byte(mail)); err != nil {
		t.Fatal(err)
	}
	if err := smtp.SendMail(server, nil, "market@example.com", []string{"a@invalid.test"}, []byte(mail)); err == nil ||
		!strings.HasPrefix(err.Error(), "550") {
		t.Fatalf("a mailbox that does not exist: %v", err)
	}
	both := "Subject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=EC=95=88\r\n" +
		"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>c</p>\r\n--b--\r\n"
	if err := smtp.SendMail(server, nil, "market@example.com", []string{"c@example.com"}, []byte(both)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/mails?to=c@example.com": `"subject":"x","body":"안","html":"\u003cp\u003ec\u003c/p\u003e"`,
		"/mails?to=a@example.com": `"to":"A@example.com","subject":"안녕","body":"안\n\u003cb\u003e1.x\u003c/b\u003e\n"`,
		"/mails?to=b@example.com": "[]", "/": "&lt;b&gt;1.x&lt;/b&gt;", "/?to=b@example.com": "No mails yet",
	} {
		resp, err := http.Get(s.mailboxURL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s answers %s (%v), want %s", path, body, err, want)
		}
	}
}

func TestPostgresBinaries_FolderIsNamed_IsTakenOrRefused(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("POSTGRES_BIN", dir)
	if _, err := postgresBinaries(); err == nil || !strings.Contains(err.Error(), "POSTGRES_BIN") {
		t.Fatalf("an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "initdb"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := postgresBinaries(); err != nil || got != dir {
		t.Fatalf("got %s, %v", got, err)
	}
}
