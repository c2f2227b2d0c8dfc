package console

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

// maxReason is how long the words of a decision may be, in characters.
const maxReason = 255

func (s *Server) listRefunds(w http.ResponseWriter, r *http.Request) error {
	refunds, err := read(r, s.Store.AllRefunds, market.RefundPending)
	if err != nil {
		return err
	}
	f := newFrame(r, "환불", "Refunds")
	show(w, r, http.StatusOK, refundsPage(f, refunds))
	return nil
}

func (s *Server) showRefund(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "refundId")
	if err != nil {
		return err
	}
	refund, err := s.Store.AdminRefund(r.Context(), id)
	if err != nil {
		return err
	}
	order, err := s.Store.AnyOrderDetail(r.Context(), refund.OrderID)
	if err != nil {
		return err
	}
	story, err := s.Store.OrderStory(r.Context(), refund.OrderID)
	if err != nil {
		return err
	}
	f := newFrame(r, "환불 ", "Refund ")
	f.title += strconv.FormatInt(id, 10)
	show(w, r, http.StatusOK, refundPage(f, refund, order, story, s.workflow(workflows.RefundWorkflowID(id))))
	return nil
}

// decidedAtOnce is how many refunds of a form are waited for at a time: what takes long for
// all of them is still answered in time.
const decidedAtOnce = 10

// decideRefunds decides those refunds that are chosen. One that somebody else has decided
// meanwhile is counted, and keeps no other from being decided.
func (s *Server) decideRefunds(w http.ResponseWriter, r *http.Request) error {
	if err := s.form(w, r); err != nil {
		return err
	}
	d := backoffice.RefundDecision{AdminID: web.Caller(r).ID, Restock: r.PostForm.Has("restock")}
	reason, err := reasonOf(r)
	if err != nil {
		return err
	}
	switch r.PostForm.Get("decision") {
	case "approve":
		d.Approve = true
	case "deny":
		d.Reason = reason
		if reason == "" {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "reason")
		}
	default:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "decision")
	}
	ids, err := chosen(r.PostForm["refund"])
	if err != nil {
		return err
	}
	// The form's own key: a second click on the same form is the same decision.
	d.Key = web.HashedKey("console:" + r.PostForm.Get("key"))
	var decided, underWay, refused atomic.Int64
	group, ctx := errgroup.WithContext(r.Context())
	group.SetLimit(decidedAtOnce)
	for _, id := range ids {
		group.Go(func() error {
			_, done, err := s.Office.DecideRefund(ctx, id, d)
			switch code := market.CodeOf(err); {
			case err == nil && done:
				decided.Add(1)
			case err == nil:
				underWay.Add(1)
			case code == market.CodeRefundNotFound || code == market.CodeRefundNeedsAnotherAdmin:
				refused.Add(1)
			default:
				return err
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	back(w, r, "/refunds", noticeDecided, decided.Load(), underWay.Load(), refused.Load())
	return nil
}

// reasonOf is the words of a decision; "" for none.
func reasonOf(r *http.Request) (string, error) {
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if utf8.RuneCountInString(reason) > maxReason {
		return "", market.RefuseWith(market.CodeInvalidInput, market.DetailFieldTooLong, "reason")
	}
	if strings.ContainsRune(reason, 0) {
		return "", market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "reason")
	}
	return reason, nil
}

// chosen are the ids of the rows that a form has chosen.
func chosen(values []string) ([]int64, error) {
	if len(values) == 0 || len(values) > pageRows {
		return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "refund")
	}
	ids := make([]int64, len(values))
	for i, v := range values {
		id, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "refund")
		}
		ids[i] = id
	}
	return ids, nil
}
