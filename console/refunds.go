package console

import (
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

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

// decideRefunds decides those refunds that are chosen, one after the other. One that somebody
// else has decided meanwhile is counted, and keeps no other from being decided.
func (s *Server) decideRefunds(w http.ResponseWriter, r *http.Request) error {
	if err := s.form(w, r); err != nil {
		return err
	}
	d := backoffice.RefundDecision{AdminID: web.Caller(r).ID, Restock: r.PostForm.Has("restock")}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
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
	if utf8.RuneCountInString(reason) > maxReason || strings.ContainsRune(reason, 0) {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldTooLong, "reason")
	}
	ids, err := chosen(r.PostForm["refund"])
	if err != nil {
		return err
	}
	var decided, underWay, refused int
	for _, id := range ids {
		// The form's own key: a second click on the same form is the same decision.
		d.Key = web.HashedKey("console:" + r.PostForm.Get("key"))
		_, done, err := s.Office.DecideRefund(r.Context(), id, d)
		switch code := market.CodeOf(err); {
		case err == nil && done:
			decided++
		case err == nil:
			underWay++
		case code == market.CodeRefundNotFound || code == market.CodeRefundNeedsAnotherAdmin:
			refused++
		default:
			return err
		}
	}
	back(w, r, "/refunds", noticeDecided, decided, underWay, refused)
	return nil
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
