package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// decide has an admin decide what waits, until ctx ends. The other admin does the same at the same time.
func (t *clients) decide(ctx context.Context, admin account, r *rand.Rand) {
	for n := 0; pause(ctx, time.Duration(100+r.IntN(400))*time.Millisecond); n++ {
		key := fmt.Sprintf("%d-%d", admin.id, n)
		t.decideRefunds(ctx, admin, r, key, r.IntN(4) == 0)
		if r.IntN(5) == 0 {
			t.adjust(ctx, admin, r, key)
		}
		switch r.IntN(3) {
		case 0:
			t.decideDisputes(ctx, admin, r)
		case 1:
			t.decideProposals(ctx, admin, r)
		case 2:
			t.decidePayouts(ctx, admin, r, key)
		}
	}
}

// list returns the rows of a page of a list of the admins' API.
func (t *clients) list(ctx context.Context, admin account, r *rand.Rand, path string) []map[string]any {
	a, err := t.ask(ctx, r, request{who: admin, method: http.MethodGet, path: path})
	if err != nil || !a.ok() {
		return nil
	}
	var page struct{ Content []map[string]any }
	a.into(&page)
	return page.Content
}

// all returns the elements of all pages of a list of the admins' API. The path ends in a query.
func (t *clients) all(ctx context.Context, admin account, r *rand.Rand, path string) (elements []map[string]any) {
	const size = 100
	for page := 0; ; page++ {
		more := t.list(ctx, admin, r, fmt.Sprintf("%s&size=%d&page=%d", path, size, page))
		if elements = append(elements, more...); len(more) < size {
			return elements
		}
	}
}

// ids returns the ids in a page of a list of the admins' API. name is their field.
func (t *clients) ids(ctx context.Context, admin account, r *rand.Rand, path, name string) (ids []int64) {
	for _, row := range t.list(ctx, admin, r, path) {
		id, ok := row[name].(float64)
		if !ok {
			panic(fmt.Sprintf("%s: there is no field %s in %v", path, name, row))
		}
		ids = append(ids, int64(id))
	}
	return ids
}

// decideRefunds approves the refunds that wait, or denies some of them. A refund from the policy's amount on needs the
// approval of both admins.
func (t *clients) decideRefunds(ctx context.Context, admin account, r *rand.Rand, key string, deny bool) {
	for _, status := range []string{"PENDING", "FAILED"} {
		for _, id := range t.ids(ctx, admin, r, "/admin/refunds?size=20&status="+status, "id") {
			action, path, body := "approve a refund", "complete", map[string]any{"restock": r.IntN(2) == 0}
			if deny && r.IntN(2) == 0 {
				action, path, body = "deny a refund", "deny", map[string]any{"deniedReason": "no"}
			}
			t.decideRefund(ctx, admin, r, key, id, action, path, body)
		}
	}
}

func (t *clients) decideRefund(
	ctx context.Context, admin account, r *rand.Rand, key string, id int64, action, path string, body map[string]any,
) {
	a, ok := t.do(ctx, r, action, request{
		who: admin, method: http.MethodPut, path: fmt.Sprintf("/admin/refunds/%d/%s", id, path),
		key: fmt.Sprintf("%s-%d", key, id), body: body,
		accepted: func(a answer) bool { return a.field("needsSecondApproval") == "true" },
	})
	if !ok {
		return
	}
	var refund struct{ Status string }
	a.into(&refund)
	t.note(func(p *promises) {
		if refund.Status == "SUCCESS" || refund.Status == "DENIED" { // else the other admin may have learned more
			p.refunds[id] = refund.Status
		}
	})
}

// adjust credits a seller. What reaches the policy's amount waits for the other admin as a proposal.
func (t *clients) adjust(ctx context.Context, admin account, r *rand.Rand, key string) {
	a, ok := t.do(ctx, r, "adjust the ledger", request{
		who: admin, method: http.MethodPost, path: "/admin/adjustments", key: "adjust-" + key, accepted: always,
		body: map[string]any{
			"kind": "CORRECTION", "debitAccount": "COMMISSION", "creditAccount": "SELLER_PAYABLE",
			"amount": 100 * (1 + r.IntN(60)), "sellerId": t.sellers[r.IntN(len(t.sellers))].id, "reason": key,
		},
	})
	if !ok {
		return
	}
	var posted struct{ AdjustmentID, ProposalID int64 }
	a.into(&posted)
	t.note(func(p *promises) {
		if a.Status == http.StatusAccepted {
			p.proposals[posted.ProposalID] = ""
		} else {
			p.adjustments[posted.AdjustmentID] = true
		}
	})
}

// decideProposals approves the proposals of the other admin, and rejects some.
func (t *clients) decideProposals(ctx context.Context, admin account, r *rand.Rand) {
	for _, id := range t.ids(ctx, admin, r, "/admin/proposals?status=PENDING", "proposalId") {
		action, verb, body, status := "approve a proposal", "approve", any(nil), "APPROVED"
		if r.IntN(5) == 0 {
			action, verb, body, status = "reject a proposal", "reject", map[string]any{"reason": "no"}, "REJECTED"
		}
		if _, ok := t.do(ctx, r, action, request{
			who: admin, method: http.MethodPost, path: fmt.Sprintf("/admin/proposals/%d/%s", id, verb), body: body,
		}); ok {
			t.note(func(p *promises) { p.proposals[id] = status })
		}
	}
}

// decideDisputes decides what the provider has cancelled on its own: it is accepted, or has been won.
func (t *clients) decideDisputes(ctx context.Context, admin account, r *rand.Rand) {
	for _, id := range t.ids(ctx, admin, r, "/admin/disputes?status=OPEN", "disputeId") {
		body := map[string]any{"decision": "ACCEPT", "reason": "chaos"}
		if r.IntN(2) == 0 {
			body["decision"], body["reference"] = "WIN", fmt.Sprint("recredit-", id)
		}
		a, ok := t.do(ctx, r, "decide a dispute", request{
			who: admin, method: http.MethodPost, path: fmt.Sprintf("/admin/disputes/%d/decide", id), body: body,
			accepted: always,
		})
		if ok && a.Status != http.StatusAccepted {
			t.note(func(p *promises) {
				p.disputes[id] = map[string]string{"ACCEPT": "ACCEPTED", "WIN": "WON"}[body["decision"].(string)]
			})
		}
	}
}

// decidePayouts retries payouts that the bank has refused. It abandons those that cannot be retried, since the bank has
// paid another amount; the next settlement takes the rest. Abandoned ones stay in the list.
func (t *clients) decidePayouts(ctx context.Context, admin account, r *rand.Rand, key string) {
	for _, payout := range t.all(ctx, admin, r, "/admin/payouts?status=FAILED") {
		if payout["abandonedAt"] != nil {
			continue
		}
		id, action, verb := int64(payout["id"].(float64)), "retry a payout", "retry"
		if payout["bankAmount"] != nil || r.IntN(5) == 0 {
			action, verb = "abandon a payout", "abandon"
		}
		t.do(ctx, r, action, request{
			who: admin, method: http.MethodPost, path: fmt.Sprintf("/admin/payouts/%d/%s", id, verb),
			key: fmt.Sprintf("payout-%s-%d", key, id), body: map[string]any{"reason": "chaos"}, accepted: always,
		})
	}
}
