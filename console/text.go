package console

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

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
)

func notice(f pages.Frame, name string, counts []int64) string {
	switch name {
	case noticeSeller:
		return f.T("판매자 상태를 변경했습니다.", "Seller status changed.")
	case noticePayout:
		return f.T("은행에 다시 조회하고 있습니다.", "Checking with the bank again.")
	case noticeBreak:
		return f.T("대사 불일치를 승인했습니다.", "Discrepancy accepted.")
	case noticePayoutDecided:
		return f.T("결정을 전달했습니다.", "Decision submitted.")
	case noticeDispute:
		return f.T("분쟁에 대한 결정을 저장했습니다.", "Dispute decision saved.")
	case noticeAccount:
		return f.T("정산 계좌를 등록했습니다. 실패한 지급은 지급 화면에서 다시 지급할 수 있습니다.",
			"Payout account saved. Failed payouts can be paid again under Payouts.")
	case noticeAdjusted:
		return f.T("원장 조정을 전기했습니다.", "Adjustment posted.")
	case noticeBlocked:
		return f.T("상품 판매를 차단했습니다.", "Product blocked. It can no longer be ordered.")
	case noticeFreed:
		return f.T("차단을 해제했습니다. 판매자가 다시 판매할 수 있습니다.", "Product unblocked. Its seller can put it on sale again.")
	case noticeLocked:
		return f.T("구매자 계정을 잠갔습니다.", "Buyer locked. Existing orders continue.")
	case noticeLetIn:
		return f.T("구매자 계정의 잠금을 해제했습니다.", "Buyer unlocked.")
	case noticeWebhook:
		return f.T("웹훅 주소를 변경했습니다.", "Endpoint updated. Waiting messages are sent unless it is paused.")
	case noticeReplay:
		return f.T("메시지를 다시 보냅니다.", "Message queued to be sent again.")
	case noticeInvited:
		return f.T("초대 메일을 보냈습니다.", "Invitation sent.")
	case noticeStaff:
		return f.T("직원 계정을 변경했습니다.", "Staff account updated.")
	case noticeSetting:
		return f.T("설정을 변경했습니다.", "Settings saved.")
	case noticeWaits:
		return f.T("다른 담당자의 승인을 기다립니다. 변경 제안에서 확인할 수 있습니다.", "The change awaits a second person. See Proposals.")
	case noticeProposalApproved:
		return f.T("변경 제안을 승인했습니다. 변경이 적용되었습니다.", "Proposal approved. The change has been made.")
	case noticeProposalRejected:
		return f.T("변경 제안을 반려했습니다. 아무것도 변경되지 않았습니다.", "Proposal rejected. Nothing was changed.")
	case noticeProposalWithdrawn:
		return f.T("변경 제안을 철회했습니다.", "Proposal withdrawn.")
	case noticeFactor:
		return f.T("2단계 인증 설정을 변경했습니다.", "Second factor updated.")
	case noticeCategory:
		return f.T("카테고리를 변경했습니다.", "Categories updated.")
	case noticeBatch:
		return f.T("일괄 작업을 중단합니다.", "Stopping the batch.")
	case noticeDecided:
		return fmt.Sprintf(f.T("환불 %d건을 결정했습니다. 처리 중 %d건, 결정할 수 없는 건 %d건.",
			"Refunds decided: %d, in progress: %d, not decided: %d."), counts[0], counts[1], counts[2])
	}
	return ""
}

// alert is an alert on the overview.
type alert struct {
	name  string
	count int64
	path  string // the page with its details
}

// alertPages are the labels of alerts, with the pages of their details.
var alertPages = map[market.AlertKind]struct{ ko, en, path string }{
	market.AlertFinding:           {"검증에서 발견된 불일치", "Verification findings", "/alerts"},
	market.AlertBreak:             {"대사 불일치", "Reconciliation discrepancies", "/breaks?status=OPEN"},
	market.AlertDispute:           {"결정을 기다리는 분쟁", "Disputes to decide", "/disputes?status=OPEN"},
	market.AlertSuspense:          {"하루 넘게 남은 가지급금 (원)", "Suspense older than a day (won)", "/alerts"},
	market.AlertPayoutFailed:      {"실패한 지급", "Failed payouts", "/payouts?status=FAILED"},
	market.AlertRefundEscalated:   {"결정이 늦어진 환불", "Overdue refunds", "/refunds?status=PENDING"},
	market.AlertDayNotClosed:      {"마감되지 않은 거래일", "Business days not closed", "/alerts"},
	market.AlertSetAside:          {"제외된 행", "Rows set aside", "/alerts"},
	market.AlertDashboardsLate:    {"늦어진 대시보드 집계", "Late dashboards", "/alerts"},
	market.AlertVerificationStale: {"오래된 장부 검증", "No recent verification", "/alerts"},
	market.AlertFeedUnread:        {"읽지 못한 결제사 내역", "Provider reports not read", "/alerts"},
	market.AlertWebhookPaused:     {"중지된 마켓 웹훅", "Paused marketplace webhooks", "/webhooks"},
	market.AlertPartitionFilling:  {"곧 가득 차는 파티션", "Partitions almost full", "/alerts"},
	market.AlertRowLate:           {"처리 지연: ", "Overdue rows: ", "/alerts"},
}

// alerts returns the firing alerts as the overview shows them.
func alerts(f pages.Frame, firing []market.Alert) []alert {
	all := make([]alert, len(firing))
	for i, a := range firing {
		page := alertPages[a.Kind]
		all[i] = alert{f.T(page.ko, page.en) + a.State, a.Count, page.path}
	}
	return all
}

// events are the texts of events; those without a text are shown unchanged.
var events = map[string][2]string{
	"ORDERED": {"주문", "Ordered"}, "PAYMENT_PENDING": {"결제 시작", "Payment opened"},
	"PAYMENT_SUCCESS": {"결제 완료", "Paid"}, "PAYMENT_FAILED": {"결제 실패", "Payment failed"},
	"PAYMENT_REFUNDED": {"결제 취소됨", "Payment refunded"}, "CHARGE_DECLINED": {"결제 거절됨", "Charge declined"},
	"REFUND_PENDING": {"환불 요청", "Refund requested"}, "REFUND_PROCESSING": {"환불 처리 중", "Refund in progress"},
	"REFUND_SUCCESS": {"환불 완료", "Refund completed"}, "REFUND_FAILED": {"환불 실패", "Refund failed"},
	"REFUND_DENIED": {"환불 거절", "Refund denied"}, "REFUND_APPROVED": {"환불 승인", "Refund approved"},
	"REFUND_REFUSED": {"환불 거절 결정", "Denial decided"}, "LINE_SHIPPED": {"상품 발송", "Item shipped"},
	"LINE_DELIVERED": {"상품 배송 완료", "Item delivered"}, "BUYER_TOLD": {"구매자 알림", "Buyer notified"},
	"RUN_STARTED": {"워크플로 시작", "Workflow started"}, "RUN_COMPLETED": {"워크플로 완료", "Workflow completed"},
	"RUN_SIGNALLED": {"신호", "Signal"}, "RUN_FAILED": {"워크플로 실패", "Workflow failed"},
	"RUN_STUCK": {"워크플로 막힘", "Workflow stuck"}, "RUN_CANCELLED": {"워크플로 중단", "Workflow cancelled"},
	"RUN_TERMINATED": {"워크플로 종료", "Workflow terminated"}, "STEP_FAILED": {"단계 실패", "Step failed"},
	"STEP_TRIED_AGAIN": {"재시도", "Retried"},
}

// event returns the text of an event in the reader's language.
func event(f pages.Frame, kind string) string {
	w, ok := events[kind]
	if !ok {
		return kind
	}
	return f.T(w[0], w[1])
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
		return f.T("지금 조회", "Check now")
	case market.BatchRetry:
		return f.T("지금 재시도", "Retry now")
	case market.BatchRedrive:
		return f.T("처음부터 다시 실행", "Restart from the beginning")
	case market.BatchCancel:
		return f.T("중단", "Cancel")
	}
	return string(a)
}

// auditFilters are the parameters that select entries of the audit log.
var auditFilters = []string{"actor", "actorId", "subject", "subjectId", "action", "from", "to"}

// accessActions are the actions of the access log.
var accessActions = map[market.AccessAction][2]string{
	market.AccessLogin: {"로그인", "Login"}, market.AccessLogout: {"로그아웃", "Logout"},
	market.AccessRead: {"조회", "Read"}, market.AccessExport: {"내려받기", "Export"},
}

func accessAction(f pages.Frame, a market.AccessAction) string {
	return f.T(accessActions[a][0], accessActions[a][1])
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

// shown returns a value of the audit log; – for none.
func shown(v any) string {
	if v == nil {
		return "–"
	}
	if n, ok := v.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// disputeCause returns what has made a cancellation at the provider, in the reader's language.
func disputeCause(f pages.Frame, cause string) string {
	switch cause {
	case "CONSOLE":
		return f.T("결제대행사 콘솔에서 취소", "Cancelled in the provider's console")
	case "PORTONE_ADMIN":
		return f.T("결제대행사 담당자가 취소", "Cancelled by the provider's staff")
	case "CHARGEBACK":
		return f.T("카드사 이의제기", "Chargeback")
	case "API":
		return f.T("환불 요청과 일치하지 않는 취소", "Cancellation without a matching refund")
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
