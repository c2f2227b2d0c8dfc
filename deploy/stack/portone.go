package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// startPortOne starts the simulator of PortOne, unless the environment configures a real store. It
// sends notifications to the marketplace at apiAddr, and keeps its books in the state folder.
func startPortOne(ctx context.Context, st *state, procs *supervisor, s *services, apiAddr string) error {
	if os.Getenv("PORTONE_API_SECRET") != "" {
		return nil
	}
	bin := st.path("portone")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", bin, "./deploy/portone").CombinedOutput(); err != nil {
		return fmt.Errorf("it does not build: %w\n%s", err, out)
	}
	port, err := s.port("the simulator of PortOne", 8091, serviceOptions{})
	if err != nil {
		return err
	}
	apiSecret, err := st.secret("portone-api-secret")
	if err != nil {
		return err
	}
	webhookSecret, err := st.secret("portone-webhook-secret") // hexadecimal digits are base64, too
	if err != nil {
		return err
	}
	addr := "127.0.0.1:" + strconv.Itoa(port)
	s.portOneURL = "http://" + addr
	s.portOne = []string{
		"PORTONE_URL=" + s.portOneURL, "PORTONE_STORE_ID=store-local", "PORTONE_API_SECRET=" + apiSecret,
		"PORTONE_WEBHOOK_SECRETS=whsec_" + webhookSecret, "PORTONE_TEST_CHANNELS=true",
		"PORTONE_CHANNELS=CARD=channel-card,KAKAO=channel-kakao-manual,NAVER=channel-naver,TOSS=channel-toss",
	}
	cmd := exec.Command(bin, "-addr", addr, "-webhook", "http://"+apiAddr+"/webhooks/portone",
		"-journal", st.path("portone.jsonl"))
	cmd.Env = append(os.Environ(), s.portOne...)
	p, err := procs.start("portone", syscall.SIGTERM, nil, cmd)
	if err != nil {
		return err
	}
	return p.waitReady(func() error { return healthy(ctx, s.portOneURL+"/books") })
}
