package console

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// notice names what has come of a form. What it says is ours: an address that somebody sends
// around cannot put words on a page.
type notice string

const (
	noticeSeller  notice = "seller"
	noticePayout  notice = "payout"
	noticeDecided notice = "decided"
	noticeBreak   notice = "break"
)

func (f frame) text(n notice, counts []string) string {
	count := func(i int) int {
		if i >= len(counts) {
			return 0
		}
		c, _ := strconv.Atoi(counts[i])
		return c
	}
	switch n {
	case noticeSeller:
		return f.say("판매자 상태를 변경했습니다.", "The seller's state is changed.")
	case noticePayout:
		return f.say("은행에 다시 조회하고 있습니다.", "The bank is being asked again.")
	case noticeBreak:
		return f.say("대사 불일치를 승인했습니다.", "The break is accepted.")
	case noticeDecided:
		return fmt.Sprintf(f.say("환불 %d건을 결정했습니다. 처리 중 %d건, 결정할 수 없는 건 %d건.",
			"%d refunds are decided, %d are under way, %d could not be decided."), count(0), count(1), count(2))
	}
	return ""
}

// alarm is something that somebody has to look at.
type alarm struct {
	name  string
	count int64
	path  string // where it can be looked at; "" where there is no page for it
}

// alarms are those that have a count, in the order of their weight.
func (f frame) alarms(a store.Alarms, late map[string]int64) []alarm {
	all := []alarm{
		{f.say("검증에서 발견된 불일치", "Findings of the verification"), a.Findings, ""},
		{f.say("대사 불일치", "Breaks of reconciliation"), a.Breaks, "/breaks?status=OPEN"},
		{f.say("실패한 지급", "Failed payouts"), a.PayoutsFailed, "/payouts?status=FAILED"},
		{f.say("결정이 늦어진 환불", "Refunds whose decision is overdue"), a.RefundsEscalated, "/refunds?status=PENDING"},
		{f.say("마감되지 않은 영업일", "Business days that are not closed"), a.DaysNotClosed, ""},
		{f.say("집계되지 못한 행", "Rows that were set aside"), a.SetAside, ""},
		{f.say("늦어진 대시보드 집계", "Dashboards that are late"), a.DashboardsLate, ""},
		{f.say("읽지 못한 결제사 내역", "Providers that were not read"), a.FeedsUnread, ""},
	}
	for _, state := range slices.Sorted(maps.Keys(late)) {
		all = append(all, alarm{f.say("너무 오래 기다리는 행: ", "Rows that wait for too long: ") + state, late[state], ""})
	}
	return slices.DeleteFunc(all, func(a alarm) bool { return a.count == 0 })
}

// words are the states and reasons that people read.
var words = map[string][2]string{
	"CREATED": {"결제 대기", "Unpaid"}, "PAID": {"결제 완료", "Paid"}, "SHIPPED": {"배송 중", "Shipped"},
	"DELIVERED": {"배송 완료", "Delivered"}, "REFUNDED": {"환불됨", "Refunded"}, "FAILED": {"실패", "Failed"},
	"PENDING": {"대기", "Waiting"}, "PROCESSING": {"처리 중", "Under way"}, "SUCCESS": {"완료", "Done"}, "DENIED": {"거절", "Denied"},
	"APPROVED": {"승인", "Approved"}, "SUSPENDED": {"정지", "Suspended"}, "REJECTED": {"반려", "Rejected"},
	"OPEN": {"열림", "Open"}, "AGREED": {"일치", "Agreed"}, "ACCEPTED": {"승인됨", "Accepted"},
	string(market.ReasonChangeOfMind): {"단순 변심", "Change of mind"}, string(market.ReasonDamaged): {"파손", "Damaged"},
	string(market.ReasonWrongItem):     {"오배송", "Wrong item"},
	string(market.ReasonAdminDecision): {"관리자 결정", "Decided by staff"},
}

// events are what has happened, for people; those that have no words here are shown as they are.
var events = map[string][2]string{
	"ORDERED": {"주문", "Ordered"}, "PAYMENT_PENDING": {"결제 시작", "Payment opened"},
	"PAYMENT_SUCCESS": {"결제 완료", "Paid"}, "PAYMENT_FAILED": {"결제 실패", "Payment failed"},
	"PAYMENT_REFUNDED": {"결제 취소됨", "Payment given back"}, "CHARGE_DECLINED": {"결제 거절됨", "Charge declined"},
	"REFUND_PENDING": {"환불 요청", "Refund asked for"}, "REFUND_PROCESSING": {"환불 처리 중", "Refund under way"},
	"REFUND_SUCCESS": {"환불 완료", "Refund done"}, "REFUND_FAILED": {"환불 실패", "Refund failed"},
	"REFUND_DENIED": {"환불 거절", "Refund denied"}, "REFUND_APPROVED": {"환불 승인", "Refund approved"},
	"REFUND_REFUSED": {"환불 거절 결정", "Decided to deny"}, "LINE_SHIPPED": {"상품 발송", "Line shipped"},
	"LINE_DELIVERED": {"상품 배송 완료", "Line delivered"}, "BUYER_TOLD": {"구매자 알림", "Buyer told"},
}

// event is what has happened, in the reader's language.
func (f frame) event(kind string) string {
	w, ok := events[kind]
	if !ok {
		return kind
	}
	return f.say(w[0], w[1])
}

// word is a state or reason in the reader's language, or as it is.
func (f frame) word(s string) string {
	w, ok := words[s]
	if !ok {
		return s
	}
	return f.say(w[0], w[1])
}

// won shows an amount with its thousands apart, and its hundredths when it has some.
func won(m market.Money) string {
	whole, rest := int64(m)/100, int64(m)%100
	sign := ""
	if m < 0 {
		sign, whole, rest = "−", -whole, -rest
	}
	digits := strconv.FormatInt(whole, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if rest != 0 {
		digits += fmt.Sprintf(".%02d", rest)
	}
	return sign + "₩" + digits
}

// under says whether the page is that of a tab, or one below it.
func (f frame) under(path string) bool {
	return f.path == path || (path != "/" && strings.HasPrefix(f.path, path+"/"))
}

// decidable says whether a refund waits for a decision.
func decidable(r market.AdminRefund) bool {
	return r.Status == market.RefundPending || r.Status == market.RefundFailed
}

// nextSellerStates are the states that a seller can be given.
func nextSellerStates(now market.SellerStatus) (to []market.SellerStatus) {
	switch now {
	case market.SellerPending:
		return []market.SellerStatus{market.SellerApproved, market.SellerRejected}
	case market.SellerApproved:
		return []market.SellerStatus{market.SellerSuspended}
	}
	return []market.SellerStatus{market.SellerApproved}
}
