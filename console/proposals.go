package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// listProposals shows the changes that wait for a second person, and those that did.
func (s *Server) listProposals(w http.ResponseWriter, r *http.Request) error {
	proposals, err := pages.Read(r, s.store.Proposals, market.ProposalPending)
	if err != nil {
		return err
	}
	f := s.site.Frame(r, textProposals)
	pages.Show(w, r, http.StatusOK, proposalsPage(f, proposals))
	return nil
}

// proposalForm is a submitted form that decides a proposal.
type proposalForm struct {
	Do     string `json:"do" validate:"required,oneof=approve reject withdraw"`
	Reason string `json:"reason" validate:"reason,required_if=Do reject" text:"lines"`
}

// decideProposal approves, rejects or withdraws a proposal.
func (s *Server) decideProposal(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "proposalId")
	if err != nil {
		return err
	}
	var in proposalForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		if in.Do == "reject" && in.Reason == "" {
			err = pages.WithHints(err, map[string]pages.Text{"reason": textEnterReasonToReject})
		}
		return err
	}
	if in.Do == "withdraw" {
		if _, err := s.store.WithdrawProposal(r.Context(), id, web.Caller(r).ID); err != nil {
			return err
		}
		s.site.Back(w, r, "/proposals", noticeProposalWithdrawn)
		return nil
	}
	p, err := s.backOffice.DecideProposal(r.Context(), backoffice.ProposalDecision{
		ProposalID: id, AdminID: web.Caller(r).ID, Approve: in.Do == "approve", Reason: in.Reason,
		Permit: func(p market.Permission) error { return s.site.Accounts.Permit(r, p) },
	})
	if err != nil {
		return err
	}
	web.NoteDecision(r, p)
	notice := noticeProposalApproved
	if in.Do == "reject" {
		notice = noticeProposalRejected
	}
	s.site.Back(w, r, "/proposals", notice)
	return nil
}

// decisionPath returns the target of a proposal's form: it includes the query of the list, which is
// shown again when the form is refused.
func decisionPath(p market.Proposal, l pages.Listed[market.Proposal]) string {
	q := url.Values{"status": {l.Status}}
	if l.CurrentPage > 1 {
		q.Set("page", strconv.Itoa(l.CurrentPage-1))
	}
	return "/proposals/" + strconv.FormatInt(p.ID, 10) + "?" + q.Encode()
}

// proposalTitle returns the kind and subject of a proposal.
func proposalTitle(f pages.Frame, p market.Proposal) string {
	title := f.Label(string(p.Kind))
	if p.SubjectName != nil {
		title += ": " + *p.SubjectName
	}
	return title
}

// deciders lists the roles that may decide a proposal.
func deciders(f pages.Frame, p market.Proposal) string {
	var names []string
	for _, role := range p.Kind.Deciders() {
		names = append(names, f.Label(string(role)))
	}
	return strings.Join(names, ", ")
}

// fieldChange is one line of a proposal: a field in the reader's language, its value before, "" for none, and the
// proposed one.
type fieldChange struct{ field, before, after string }

// proposedChanges returns what a proposal changes: the fields that differ, or all when what was there before is not
// stored. What cannot be read, such as the account of a seller who has left, is left out.
func proposedChanges(f pages.Frame, p market.Proposal) []fieldChange {
	switch p.Kind {
	case market.ProposalRefundPolicy:
		before, known := read[market.PolicyChange](p.Before)
		after, ok := read[market.PolicyChange](p.Change)
		if !ok {
			return nil
		}
		return differing(policyFields(f, before), policyFields(f, after), known)
	case market.ProposalUnpaidLimits:
		before, known := read[market.LimitsChange](p.Before)
		after, ok := read[market.LimitsChange](p.Change)
		if !ok {
			return nil
		}
		return differing(limitFields(f, before), limitFields(f, after), known)
	case market.ProposalStaffAccount:
		after, ok := read[market.StaffAccountChange](p.Change)
		if !ok {
			return nil
		}
		return []fieldChange{
			{f.T(pages.TextName), "", after.Name}, {f.T(pages.TextEmail), "", string(after.Email)},
			{f.T(textRole), "", f.Label(string(after.Role))},
		}
	case market.ProposalStaffRole:
		after, ok := read[market.StaffRoleChange](p.Change)
		if !ok {
			return nil
		}
		return []fieldChange{{f.T(textRole), f.Label(string(after.From)), f.Label(string(after.Role))}}
	case market.ProposalPayoutAccount:
		before, known := read[market.PayoutAccountBefore](p.Before)
		after, ok := read[market.PayoutAccountChange](p.Change)
		if !ok || after.BankAccountEnd == "" {
			return nil
		}
		account := fieldChange{
			field: f.T(pages.TextPayoutAccount),
			after: accountEnd(f, cmp.Or(after.BankCode, before.BankCode), after.BankAccountEnd),
		}
		if known {
			account.before = accountEnd(f, before.BankCode, before.BankAccountEnd)
		}
		return []fieldChange{account}
	case market.ProposalWithdrawnAccount:
		before, known := read[market.PayoutAccountBefore](p.Before)
		after, ok := read[market.WithdrawnAccountChange](p.Change)
		if !ok || after.BankAccountEnd == "" {
			return nil
		}
		account := fieldChange{
			field: f.T(pages.TextPayoutAccount), after: accountEnd(f, after.BankCode, after.BankAccountEnd),
		}
		if known {
			account.before = accountEnd(f, before.BankCode, before.BankAccountEnd)
		}
		return []fieldChange{account}
	case market.ProposalAdjustment:
		after, ok := read[market.NewAdjustment](p.Change)
		if !ok {
			return nil
		}
		changes := []fieldChange{
			{f.T(textKind), "", f.Label(string(after.Kind))},
			{f.T(textDebit), "", f.Label(string(after.DebitAccount))},
			{f.T(textCredit), "", f.Label(string(after.CreditAccount))},
			{f.T(pages.TextAmount), "", pages.Won(after.Amount)},
		}
		if after.SellerID != 0 {
			changes = append(changes, fieldChange{f.T(textSeller), "", strconv.FormatInt(after.SellerID, 10)})
		}
		if after.BreakID != 0 {
			changes = append(changes, fieldChange{f.T(textDiscrepancy), "",
				strconv.FormatInt(after.BreakID, 10)})
		}
		return append(changes, fieldChange{f.T(pages.TextReason), "", after.Reason})
	case market.ProposalDispute:
		after, ok := read[market.DisputeChange](p.Change)
		if !ok {
			return nil
		}
		changes := []fieldChange{
			{f.T(pages.TextOrder), "", strconv.FormatInt(after.OrderID, 10)},
			{f.T(textDecision), "", f.Label(string(after.Decision))},
			{f.T(pages.TextAmount), "", pages.Won(after.Amount)},
		}
		for _, i := range after.Items {
			changes = append(changes, fieldChange{
				f.T(textRefundAtSellersExpense), "",
				fmt.Sprintf(f.T(textOrderItemQuantity), i.OrderItemID, i.Quantity),
			})
		}
		if after.Reference != "" {
			changes = append(changes, fieldChange{f.T(textNewPaymentReference), "", after.Reference})
		}
		return append(changes, fieldChange{f.T(pages.TextReason), "", after.Reason})
	}
	return nil
}

// proposalReason returns the reason of a proposal's decision, or why it can no longer be applied;
// "" for none.
func proposalReason(f pages.Frame, p market.Proposal) string {
	switch {
	case p.Reason == nil:
		return ""
	case p.Status == market.ProposalWithdrawn:
		return f.Label(*p.Reason)
	}
	return *p.Reason
}

// accountEnd shows a bank account by its bank and its last characters.
func accountEnd(f pages.Frame, bankCode, end string) string {
	return strings.TrimSpace(f.Bank(bankCode) + " ···" + end)
}

// accountSince returns since when payouts go to the account that a proposal replaces; false when that is not stored.
func accountSince(p market.Proposal) (market.LocalTime, bool) {
	if !p.Kind.OfSeller() {
		return market.LocalTime{}, false
	}
	before, ok := read[market.PayoutAccountBefore](p.Before)
	return before.ChangedAt, ok
}

// read decodes a part of a proposal, and reports whether there is one.
func read[T any](encoded json.RawMessage) (v T, ok bool) {
	return v, len(encoded) > 0 && json.Unmarshal(encoded, &v) == nil
}

// policyFields are the fields of a refund policy in the reader's language, in the order in which they are shown.
func policyFields(f pages.Frame, p market.PolicyChange) [][2]string {
	second := f.T(textNoneInSentence)
	if p.SecondApprovalFrom != nil {
		second = fmt.Sprintf(f.T(textFromAmount), pages.Won(*p.SecondApprovalFrom))
	}
	automatic := f.T(textNoneInSentence)
	if p.AutoApproveBelow > 0 {
		automatic = fmt.Sprintf(f.T(textBelowAmount), pages.Won(p.AutoApproveBelow))
	}
	hours := func(n int32) string { return fmt.Sprintf(f.T(textAfterHours), n) }
	eyes := f.T(textOff)
	if p.FourEyes {
		eyes = f.T(textOn)
	}
	shipping := p.ShippingBorneBy
	return [][2]string{
		{f.T(textAutomaticApproval), automatic},
		{f.T(textTwoPersonApprovalAmount), second},
		{f.T(textReminder), hours(p.RemindAfterHours)},
		{f.T(textEscalation), hours(p.EscalateAfterHours)},
		{f.T(textShippingChangeOfMind), f.Label(string(shipping.ChangeOfMind))},
		{f.T(textShippingWrongItem), f.Label(string(shipping.WrongItem))},
		{f.T(textShippingDamaged), f.Label(string(shipping.Damaged))},
		{f.T(textTwoPersonApproval), eyes},
	}
}

// differing returns the fields that differ; all fields when the previous values are unknown.
func differing(before, after [][2]string, known bool) (changed []fieldChange) {
	for i, field := range after {
		switch {
		case !known:
			changed = append(changed, fieldChange{field[0], "", field[1]})
		case before[i][1] != field[1]:
			changed = append(changed, fieldChange{field[0], before[i][1], field[1]})
		}
	}
	return changed
}
