package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/simulator"
)

const (
	gatewayAddr = "127.0.0.1:18190"
	portoneAddr = "127.0.0.1:18192"

	portoneStore, portoneAPISecret = "store-chaos", "api-secret"
	portoneWebhookSecret           = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
)

// portoneEnv is how the marketplace's processes reach PortOne.
var portoneEnv = []string{
	"PORTONE_URL=http://" + portoneAddr, "PORTONE_STORE_ID=" + portoneStore, "PORTONE_API_SECRET=" + portoneAPISecret,
	"PORTONE_WEBHOOK_SECRETS=" + portoneWebhookSecret, "PORTONE_CHANNELS=CARD=channel-card,KAKAO=channel-kakao-manual",
}

// providers returns clients of the gateways, to compare their books.
func providers() gateway.Providers {
	return app.Gateways(config.Config{
		GatewayURL: "http://" + gatewayAddr, PortOneURL: "http://" + portoneAddr, PortOneStoreID: portoneStore,
		PortOneAPISecret: portoneAPISecret,
	}, nil, app.Plain)
}

// serveSimulator serves the gateway of MOCK and the bank, which are not killed.
func serveSimulator(ctx context.Context, pool *pgxpool.Pool) (*simulator.Simulator, error) {
	sim, err := simulator.New(ctx, pool)
	if err != nil {
		return nil, err
	}
	go func() { _ = http.ListenAndServe(gatewayAddr, sim.Handler()) }()
	return sim, nil
}

// servePortOne serves PortOne, which is not killed. It sends its webhooks to one API process, and again while that is
// away: a minute of its clock takes half a second.
func servePortOne() (*portonesim.Simulator, error) {
	sim, err := portonesim.New(portonesim.Options{
		StoreID: portoneStore, APISecret: portoneAPISecret, WebhookSecret: portoneWebhookSecret, Live: true,
		WebhookURL: "http://" + apiAddrs[0] + "/webhooks/portone", Minute: 500 * time.Millisecond,
	})
	if err != nil {
		return nil, err
	}
	go func() { _ = http.ListenAndServe(portoneAddr, sim.Handler()) }()
	return sim, nil
}

// gatewayFaults, bankFaults and portoneFaults are what the servers outside do wrong; the zero value is no fault.
var (
	gatewayFaults = []simulator.Knobs{
		{}, {}, {}, {}, {}, {}, {}, {}, {Decline: true}, {AmountOff: 100}, {AmountOff: -100},
		{HangAfter: 20 * time.Millisecond}, {HangAfter: 4 * time.Second}, {FailBefore: true},
		{Queue: 500 * time.Millisecond}, {DuplicateWork: true}, {RefuseCancel: true}, {Latency: 300 * time.Millisecond},
		{AmountOff: 100, HangAfter: 20 * time.Millisecond},
		{AmountOff: 100, RefuseCancel: true}, {Decline: true, HangAfter: 20 * time.Millisecond},
		{Queue: 300 * time.Millisecond, AmountOff: 100},
	}
	bankFaults = []simulator.BankKnobs{
		{}, {}, {}, {Refuse: true}, {FailBefore: true}, {HangAfter: 20 * time.Millisecond}, {Return: true},
		{Latency: 300 * time.Millisecond}, {AmountOff: -100},
	}
	portoneFaults = []portonesim.Faults{
		{}, {}, {}, {}, {}, {}, {Down: true}, {HangAfter: 20 * time.Millisecond}, {Decline: true}, {AmountOff: 100},
		{AmountOff: -100}, {Currency: "USD"}, {TestMoney: true}, {CancelLater: 500 * time.Millisecond},
		{CancelFails: true}, {CancelFails: true, CancelLater: 500 * time.Millisecond}, {NoWebhooks: true},
		{DuplicateWebhooks: true, WebhookDelay: 200 * time.Millisecond},
	}
)

// misbehave gives each server outside one fault after the other, until ctx ends.
func misbehave(ctx context.Context, s *simulator.Simulator, p *portonesim.Simulator, r *rand.Rand) {
	for pause(ctx, time.Duration(200+r.IntN(800))*time.Millisecond) {
		switch r.IntN(5) {
		case 0, 1:
			s.Set(gatewayFaults[r.IntN(len(gatewayFaults))])
		case 2:
			s.Bank.Set(bankFaults[r.IntN(len(bankFaults))])
		case 3, 4:
			p.Set(portoneFaults[r.IntN(len(portoneFaults))])
		}
	}
	s.Set(simulator.Knobs{})
	s.Bank.Set(simulator.BankKnobs{})
	p.Set(portonesim.Faults{})
}
