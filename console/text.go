package console

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
)

// Notices of the outcome of a form.
const (
	noticeSeller  = "seller"
	noticePayout  = "payout"
	noticeBreak   = "break"
	noticeDecided = "decided"
	noticeDispute = "dispute"
	noticeBatch   = "batch"
	noticeBlocked = "blocked"
	noticeFreed   = "freed"
	noticeLocked  = "locked"
	noticeLetIn   = "let-in"
	noticeWebhook = "webhook"
	noticeReplay  = "replay"

	noticeInvited = "invited"
	noticeStaff   = "staff"
	noticeSetting = "setting"
	noticeWaits   = "waits"

	noticeProposalApproved  = "proposal-approved"
	noticeProposalRejected  = "proposal-rejected"
	noticeProposalWithdrawn = "proposal-withdrawn"

	noticeFactor        = "factor"
	noticeCategory      = "category"
	noticePayoutDecided = "payout-decided"
	noticeAdjusted      = "adjusted"
	noticeAccount       = "account"
	noticeOrder         = "order"
	noticeOrderLater    = "order-later"
	noticeNoted         = "noted"
)

func notice(f pages.Frame, name string, counts []int64) string {
	switch name {
	case noticeSeller:
		return f.T(textSellerStatusChanged)
	case noticePayout:
		return f.T(textCheckingWithBankAgain)
	case noticeBreak:
		return f.T(textDiscrepancyAccepted)
	case noticePayoutDecided:
		return f.T(textDecisionSubmitted)
	case noticeDispute:
		return f.T(textDisputeDecisionSaved)
	case noticeAccount:
		return f.T(textPayoutAccountSaved)
	case noticeOrder:
		return f.T(textOrderChanged)
	case noticeOrderLater:
		return f.T(textOrderRefundInProgress)
	case noticeNoted:
		return f.T(textNoteAdded)
	case noticeAdjusted:
		return f.T(textAdjustmentPosted)
	case noticeBlocked:
		return f.T(textProductBlocked)
	case noticeFreed:
		return f.T(textProductUnblocked)
	case noticeLocked:
		return f.T(textBuyerLocked)
	case noticeLetIn:
		return f.T(textBuyerUnlocked)
	case noticeWebhook:
		return f.T(textEndpointUpdated)
	case noticeReplay:
		return f.T(textMessageQueued)
	case noticeInvited:
		return f.T(textInvitationSent)
	case noticeStaff:
		return f.T(textStaffAccountUpdated)
	case noticeSetting:
		return f.T(textSettingsSaved)
	case noticeWaits:
		return f.T(textChangeAwaitsSecondPerson)
	case noticeProposalApproved:
		return f.T(textProposalApproved)
	case noticeProposalRejected:
		return f.T(textProposalRejected)
	case noticeProposalWithdrawn:
		return f.T(textProposalWithdrawn)
	case noticeFactor:
		return f.T(textSecondFactorUpdated)
	case noticeCategory:
		return f.T(textCategoriesUpdated)
	case noticeBatch:
		return f.T(textStoppingTheBatch)
	case noticeDecided:
		return fmt.Sprintf(f.T(textRefundsDecided), counts[0], counts[1], counts[2], counts[3])
	}
	return ""
}

// noticeKind returns the kind of a notice. Several decisions have the kind of the worst outcome.
func noticeKind(name string, counts []int64) pages.NoticeKind {
	switch {
	case name == noticeWaits, name == noticeOrderLater:
		return pages.NoticeInfo
	case name != noticeDecided:
		return pages.NoticeSuccess
	case counts[3] > 0:
		return pages.NoticeFailed
	case counts[2] > 0:
		return pages.NoticeWarning
	case counts[1] > 0:
		return pages.NoticeInfo
	}
	return pages.NoticeSuccess
}

// alert is an alert on the overview.
type alert struct {
	name  string
	count int64
	path  string // the page with its details
}

// alertPages are the labels of alerts, with the pages of their details.
var alertPages = map[market.AlertKind]struct {
	name pages.Text
	path string
}{
	market.AlertFinding: {pages.Text{Ko: "검증에서 발견된 불일치", En: "Verification findings"}, "/alerts"},
	market.AlertBreak: {
		pages.Text{Ko: "대사 불일치", En: "Reconciliation discrepancies"}, "/breaks?status=OPEN",
	},
	market.AlertDispute: {pages.Text{Ko: "결정을 기다리는 분쟁", En: "Disputes to decide"}, "/disputes?status=OPEN"},
	market.AlertSuspense: {
		pages.Text{Ko: "하루 넘게 남은 가지급금 (원)", En: "Suspense older than a day (won)"}, "/alerts",
	},
	market.AlertRefundFailed:      {pages.Text{Ko: "실패한 환불", En: "Failed refunds"}, "/refunds?status=FAILED"},
	market.AlertPayoutFailed:      {pages.Text{Ko: "실패한 지급", En: "Failed payouts"}, "/payouts?status=FAILED"},
	market.AlertRefundEscalated:   {pages.Text{Ko: "결정이 늦어진 환불", En: "Overdue refunds"}, "/refunds?status=PENDING"},
	market.AlertDayNotClosed:      {pages.Text{Ko: "마감되지 않은 거래일", En: "Business days not closed"}, "/alerts"},
	market.AlertSetAside:          {pages.Text{Ko: "제외된 행", En: "Rows set aside"}, "/alerts"},
	market.AlertDashboardsLate:    {pages.Text{Ko: "늦어진 대시보드 집계", En: "Late dashboards"}, "/alerts"},
	market.AlertVerificationStale: {pages.Text{Ko: "오래된 장부 검증", En: "No recent verification"}, "/alerts"},
	market.AlertFeedUnread:        {pages.Text{Ko: "읽지 못한 결제사 내역", En: "Provider reports not read"}, "/alerts"},
	market.AlertWebhookPaused:     {pages.Text{Ko: "중지된 마켓 웹훅", En: "Paused marketplace webhooks"}, "/webhooks"},
	market.AlertPartitionFilling:  {pages.Text{Ko: "곧 가득 차는 파티션", En: "Partitions almost full"}, "/alerts"},
	market.AlertRowLate:           {pages.Text{Ko: "처리 지연: ", En: "Overdue rows: "}, "/alerts"},
}

// alerts returns the firing alerts as the overview shows them.
func alerts(f pages.Frame, firing []market.Alert) []alert {
	all := make([]alert, len(firing))
	for i, a := range firing {
		page := alertPages[a.Kind]
		all[i] = alert{f.T(page.name) + a.State, a.Count, page.path}
	}
	return all
}

// events are the texts of events; those without a text are shown unchanged.
var events = map[string]pages.Text{
	"ORDERED":           {Ko: "주문", En: "Ordered"},
	"PAYMENT_PENDING":   {Ko: "결제 시작", En: "Payment opened"},
	"PAYMENT_SUCCESS":   {Ko: "결제 완료", En: "Paid"},
	"PAYMENT_FAILED":    {Ko: "결제 실패", En: "Payment failed"},
	"PAYMENT_REFUNDED":  {Ko: "결제 취소됨", En: "Payment refunded"},
	"CHARGE_DECLINED":   {Ko: "결제 거절됨", En: "Charge declined"},
	"REFUND_PENDING":    {Ko: "환불 요청", En: "Refund requested"},
	"REFUND_PROCESSING": {Ko: "환불 처리 중", En: "Refund in progress"},
	"REFUND_SUCCESS":    {Ko: "환불 완료", En: "Refund completed"},
	"REFUND_FAILED":     {Ko: "환불 실패", En: "Refund failed"},
	"REFUND_DENIED":     {Ko: "환불 거절", En: "Refund denied"},
	"REFUND_APPROVED":   {Ko: "환불 승인", En: "Refund approved"},
	"REFUND_REFUSED":    {Ko: "환불 거절 결정", En: "Denial decided"},
	"LINE_SHIPPED":      {Ko: "상품 발송", En: "Item shipped"},
	"LINE_DELIVERED":    {Ko: "상품 배송 완료", En: "Item delivered"},
	"BUYER_TOLD":        {Ko: "구매자 알림", En: "Buyer notified"},
	"RUN_STARTED":       {Ko: "워크플로 시작", En: "Workflow started"},
	"RUN_COMPLETED":     {Ko: "워크플로 완료", En: "Workflow completed"},
	"RUN_SIGNALLED":     {Ko: "신호", En: "Signal"},
	"RUN_FAILED":        {Ko: "워크플로 실패", En: "Workflow failed"},
	"RUN_STUCK":         {Ko: "워크플로 막힘", En: "Workflow stuck"},
	"RUN_CANCELLED":     {Ko: "워크플로 중단", En: "Workflow cancelled"},
	"RUN_TERMINATED":    {Ko: "워크플로 종료", En: "Workflow terminated"},
	"STEP_FAILED":       {Ko: "단계 실패", En: "Step failed"},
	"STEP_TRIED_AGAIN":  {Ko: "재시도", En: "Retried"},
}

// event returns the text of an event in the reader's language.
func event(f pages.Frame, kind string) string {
	w, ok := events[kind]
	if !ok {
		return kind
	}
	return f.T(w)
}

// detail returns the detail of an event, in which states, reasons and payment methods have their names. Details with
// names of products stay as they are.
func detail(f pages.Frame, e market.OrderEvent) string {
	if strings.HasPrefix(e.Kind, "LINE_") {
		return e.Detail
	}
	words := strings.Fields(e.Detail)
	for i, w := range words {
		words[i] = f.Label(w)
	}
	return strings.Join(words, " ")
}

// sellerActions are what the buttons of a seller's new statuses do.
var sellerActions = map[market.SellerStatus]pages.Text{
	market.SellerApproved:  textApprove,
	market.SellerSuspended: {Ko: "정지", En: "Suspend"},
	market.SellerRejected:  {Ko: "반려", En: "Reject"},
}

// sellerConsequences are the consequences of a seller's new status.
var sellerConsequences = map[market.SellerStatus]pages.Text{
	market.SellerSuspended: {
		Ko: "상품이 바로 판매 중지됩니다. 지급 보류를 선택하면 지급도 멈춥니다. 진행 중인 주문은 계속됩니다.",
		En: "The seller's products are off sale at once, and with Hold payouts nothing is paid out. Orders in progress " +
			"continue.",
	},
	market.SellerRejected: {
		Ko: "신청자에게 사유를 메일로 알립니다. 반려한 신청은 되돌릴 수 없습니다.",
		En: "The applicant is mailed the reason. A rejection is final.",
	},
}

// mayDecide reports whether a refund waits for a decision that the reader may make.
func mayDecide(f pages.Frame, r market.AdminRefund) bool {
	permission := market.PermissionDecideRefunds
	if r.NeedsSecond {
		permission = market.PermissionDecideLargeRefunds
	}
	return r.Status.AwaitsDecision() && f.May(permission)
}

// actionName returns the name of a batch's action.
func actionName(f pages.Frame, a market.BatchAction) string {
	switch a {
	case market.BatchSignal:
		return f.T(textCheckNow)
	case market.BatchRetry:
		return f.T(textRetryNow)
	case market.BatchRedrive:
		return f.T(textRestartFromBeginning)
	case market.BatchCancel:
		return f.T(textCancel)
	}
	return string(a)
}

// auditFilters are the parameters that select entries of the audit log.
var auditFilters = []string{"actor", "actorId", "subject", "subjectId", "action", "from", "to"}

// accessActions are the actions of the access log.
var accessActions = map[market.AccessAction]pages.Text{
	market.AccessLogin:  {Ko: "로그인", En: "Login"},
	market.AccessLogout: {Ko: "로그아웃", En: "Logout"},
	market.AccessRead:   {Ko: "조회", En: "Read"},
	market.AccessExport: {Ko: "내려받기", En: "Export"},
}

func accessAction(f pages.Frame, a market.AccessAction) string {
	return f.T(accessActions[a])
}

// account returns the account of an actor, such as ADMIN 3; without an id all of a role.
func account(role market.Role, id *int64) string {
	if id == nil {
		return string(role)
	}
	return fmt.Sprintf("%s %d", role, *id)
}

// changes returns the values of an audit entry before and after, one line for each.
func changes(e market.AuditEntry) (lines []string) {
	var before, after map[string]any
	for _, of := range []struct {
		encoded json.RawMessage
		values  *map[string]any
	}{{e.Before, &before}, {e.After, &after}} {
		if of.encoded != nil && json.Unmarshal(of.encoded, of.values) != nil {
			return []string{string(e.Before), string(e.After)} // nothing that this version has written
		}
	}
	names := slices.Collect(maps.Keys(before))
	for name := range after {
		if _, both := before[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		was, had := before[name]
		is, has := after[name]
		switch {
		case had && has:
			lines = append(lines, fmt.Sprintf("%s: %s → %s", name, shown(was), shown(is)))
		case has:
			lines = append(lines, fmt.Sprintf("%s: %s", name, shown(is)))
		default:
			lines = append(lines, fmt.Sprintf("%s: %s →", name, shown(was)))
		}
	}
	return lines
}

// shown returns a value of the audit log, a time in the market's zone; – for none.
func shown(v any) string {
	if v == nil {
		return "–"
	}
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return pages.When(market.LocalTime(at))
		}
	}
	return fmt.Sprint(v)
}

// disputeCause returns what has made a cancellation at the provider, in the reader's language.
func disputeCause(f pages.Frame, cause string) string {
	switch cause {
	case "CONSOLE":
		return f.T(textCancelledInProvidersConsole)
	case "PORTONE_ADMIN":
		return f.T(textCancelledByProvidersStaff)
	case "CHARGEBACK":
		return f.T(textChargeback)
	case "API":
		return f.T(textCancellationWithoutRefund)
	}
	return cause
}

// breakAmount shows by how much a provider has more than is booked, with the currency unless it is won.
func breakAmount(b market.Discrepancy) string {
	if b.Currency == market.Won {
		return pages.Won(b.Amount)
	}
	return b.Amount.String() + " " + b.Currency
}
