package pages

import (
	"fmt"
	"strconv"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// words are the texts of states and reasons.
var words = map[string][2]string{
	"CREATED": {"결제 대기", "Unpaid"}, "PAID": {"결제 완료", "Paid"}, "SHIPPED": {"배송 중", "Shipped"},
	"DELIVERED": {"배송 완료", "Delivered"}, "REFUNDED": {"환불됨", "Refunded"}, "FAILED": {"실패", "Failed"},
	"PENDING": {"대기", "Pending"}, "PROCESSING": {"처리 중", "In progress"}, "SUCCESS": {"완료", "Completed"},
	"DENIED": {"거절", "Denied"}, "COMPLETED": {"정산 완료", "Settled"},
	"PAYOUT_READY": {"지급 예정", "Payout scheduled"}, "PAYOUT_DONE": {"지급 완료", "Paid out"},
	"APPROVED": {"승인", "Approved"}, "SUSPENDED": {"정지", "Suspended"}, "REJECTED": {"반려", "Rejected"},
	"OPEN": {"미해결", "Open"}, "AGREED": {"일치", "Agreed"}, "ACCEPTED": {"승인됨", "Accepted"},
	"PAYMENT_APPROVED": {"판매", "Sold"}, "REFUND_COMPLETED": {"환불", "Refunded"},
	"PAYOUT_STARTED": {"지급", "Paid out"}, "PAYOUT_REFUSED": {"지급 거절", "Payout rejected"},
	"PAYOUT_RETURNED": {"지급 반환", "Payout returned"}, "PAYOUT_MISPAID": {"지급액 불일치", "Payout amount mismatch"},
	"MISPAID_PAYOUT": {"지급액 불일치 인정", "Mispaid payout"},
	"BUYER":          {"구매자 부담", "Borne by the buyer"}, "SELLER": {"판매자 부담", "Borne by the seller"},
	"MARKETPLACE": {"마켓 부담", "Borne by the marketplace"},
	"day":         {"일", "Day"}, "week": {"주", "Week"}, "month": {"월", "Month"},
	"ON_SALE": {"판매 중", "On sale"}, "HIDDEN": {"숨김", "Hidden"},
	"DAY_NOT_CLOSED": {"마감되지 않은 거래일", "Business day not closed"}, "SET_ASIDE": {"제외된 행", "Row set aside"},
	"FINDING": {"검증 불일치", "Verification finding"}, "FEED_UNREAD": {"읽지 못한 결제사 내역", "Provider report not read"},
	"VERIFICATION_STALE": {"오래된 장부 검증", "No recent verification"},
	"WEBHOOK_PAUSED":     {"중지된 웹훅", "Webhooks paused"},
	"GONE":               {"수신 서버가 410으로 응답", "Endpoint answered 410 Gone"},
	"NOT_TAKEN":          {"사흘 동안 메시지를 받지 않음", "No message accepted for three days"},
	"ROW_LATE":           {"처리 지연", "Overdue"},
	"BLOCKED":            {"판매 차단", "Blocked by staff"}, "ACTIVE": {"이용 중", "Active"}, "LOCKED": {"잠김", "Locked"},
	"REFUND_POLICY": {"환불 정책", "Refund policy"}, "UNPAID_LIMITS": {"미결제 주문 한도", "Unpaid order limits"}, "STAFF_ACCOUNT": {"직원 초대", "Staff invitation"},
	"STAFF_ROLE": {"직원 역할", "Staff role"}, "PAYOUT_ACCOUNT": {"정산 계좌", "Payout account"},
	"WITHDRAWN_ACCOUNT": {"탈퇴한 판매자의 정산 계좌", "Payout account of a withdrawn seller"},
	"ADJUSTMENT":        {"원장 조정", "Ledger adjustment"}, "CORRECTION": {"정정", "Correction"},
	"WRITE_OFF": {"대손상각", "Write-off"}, "SUSPENSE": {"가지급금", "Suspense"},
	"PSP_CLEARING": {"결제사 예치금", "Held by providers"}, "SELLER_PAYABLE": {"판매자 미지급금", "Owed to sellers"},
	"COMMISSION": {"수수료 수익", "Commission"}, "BANK": {"은행", "Bank"},
	"DISPUTE": {"분쟁 결정", "Dispute decision"}, "ACCEPT": {"인정", "Accept"}, "WIN": {"승소", "Won"},
	string(market.EndDisputeResolved): {"분쟁이 이미 종결되었습니다", "The dispute was resolved in the meantime"},
	string(market.EndBreakResolved):   {"대사 불일치가 이미 처리되었습니다", "The discrepancy was resolved in the meantime"},
	string(market.EndAmountChanged):   {"금액이 변경되었습니다", "The amount has changed"},
	"WITHDRAWN":                       {"철회됨", "Withdrawn"}, "EXPIRED": {"만료", "Expired"},
	"INVITED": {"초대됨", "Invited"}, "DISABLED": {"중지됨", "Disabled"},
	"OWNER": {"소유자", "Owner"}, "FINANCE": {"재무", "Finance"}, "SUPPORT": {"고객 지원", "Support"},
	"CATALOGUE": {"상품 관리", "Catalogue"}, "AUDITOR": {"감사", "Auditor"},
	"RUNNING": {"진행 중", "Running"}, "DONE": {"완료", "Completed"}, "SKIPPED": {"건너뜀", "Skipped"},
	"CANCELLED":   {"중단됨", "Stopped"},
	"REPRESENTED": {"이의 제기 중", "Contested"}, "WON": {"승소", "Won"},
	"CARD": {"신용카드", "Card"}, "KAKAO": {"카카오페이", "KakaoPay"}, "NAVER": {"네이버페이", "Naver Pay"},
	"TOSS": {"토스페이", "Toss Pay"}, "MOCK": {"모의 결제", "Mock payment"},
	string(market.ReasonChangeOfMind): {"단순 변심", "Change of mind"}, string(market.ReasonDamaged): {"파손", "Damaged"},
	string(market.ReasonWrongItem):      {"오배송", "Wrong item"},
	string(market.ReasonAdminDecision):  {"관리자 결정", "Decided by staff"},
	string(market.ReasonAmountMismatch): {"결제 금액 불일치", "Charged amount mismatch"},
	string(market.ReasonOrderExpired):   {"주문 만료 또는 이미 결제됨", "Order expired or already paid"},
	string(market.ReasonPaymentFailed):  {"결제 처리 실패", "Payment failed"},
	string(market.ReasonSaleStopped):    {"판매 중지", "No longer for sale"},
}

// Label returns a state or reason in the reader's language, or unchanged if it has no text.
func (f Frame) Label(s string) string {
	w, ok := words[s]
	if !ok {
		return s
	}
	return f.T(w[0], w[1])
}

// banks are the names of banks. Some of their codes are also payment methods.
var banks = map[market.BankCode][2]string{
	market.BankKookmin: {"KB국민은행", "KB Kookmin Bank"}, market.BankShinhan: {"신한은행", "Shinhan Bank"},
	market.BankNonghyup: {"NH농협은행", "NH NongHyup Bank"}, market.BankKakao: {"카카오뱅크", "KakaoBank"},
	market.BankToss: {"토스뱅크", "Toss Bank"},
}

// Bank returns the name of a bank in the reader's language, or its code if it is unknown.
func (f Frame) Bank(code string) string {
	name, ok := banks[market.BankCode(code)]
	if !ok {
		return code
	}
	return f.T(name[0], name[1])
}

// Won shows an amount with its thousands apart, and its hundredths when it has some.
func Won(m market.Money) string {
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

// When shows an instant to the minute, in the market's time zone.
func When(t market.LocalTime) string { return time.Time(t).In(market.Zone).Format("2006-01-02 15:04") }
