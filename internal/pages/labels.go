package pages

import (
	"strings"
	"time"
	"unicode"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// words are the texts of states and reasons.
var words = map[string]Text{
	"CREATED":                           {Ko: "결제 대기", En: "Unpaid"},
	"PAID":                              {Ko: "결제 완료", En: "Paid"},
	"SHIPPED":                           {Ko: "배송 중", En: "Shipped"},
	"DELIVERED":                         {Ko: "배송 완료", En: "Delivered"},
	"REFUNDED":                          {Ko: "환불됨", En: "Refunded"},
	"FAILED":                            {Ko: "실패", En: "Failed"},
	"PENDING":                           {Ko: "대기", En: "Pending"},
	"PROCESSING":                        {Ko: "처리 중", En: "In progress"},
	"SUCCESS":                           {Ko: "완료", En: "Completed"},
	"DENIED":                            {Ko: "거절", En: "Denied"},
	"COMPLETED":                         {Ko: "정산 완료", En: "Settled"},
	"PAYOUT_READY":                      {Ko: "지급 예정", En: "Payout scheduled"},
	"PAYOUT_DONE":                       {Ko: "지급 완료", En: "Paid out"},
	"APPROVED":                          {Ko: "승인", En: "Approved"},
	"SUSPENDED":                         {Ko: "정지", En: "Suspended"},
	"REJECTED":                          {Ko: "반려", En: "Rejected"},
	"OPEN":                              {Ko: "미해결", En: "Open"},
	"AGREED":                            {Ko: "일치", En: "Agreed"},
	"ACCEPTED":                          {Ko: "승인됨", En: "Accepted"},
	"PAYMENT_APPROVED":                  {Ko: "판매", En: "Sold"},
	"REFUND_COMPLETED":                  {Ko: "환불", En: "Refunded"},
	"PAYOUT_STARTED":                    {Ko: "지급", En: "Paid out"},
	"PAYOUT_REFUSED":                    {Ko: "지급 거절", En: "Payout rejected"},
	"PAYOUT_RETURNED":                   {Ko: "지급 반환", En: "Payout returned"},
	"PAYOUT_MISPAID":                    {Ko: "지급액 불일치", En: "Payout amount mismatch"},
	"MISPAID_PAYOUT":                    {Ko: "지급액 불일치 인정", En: "Mispaid payout"},
	"BUYER":                             {Ko: "구매자 부담", En: "Borne by the buyer"},
	"SELLER":                            {Ko: "판매자 부담", En: "Borne by the seller"},
	"MARKETPLACE":                       {Ko: "마켓 부담", En: "Borne by the marketplace"},
	"day":                               {Ko: "일", En: "Day"},
	"week":                              {Ko: "주", En: "Week"},
	"month":                             {Ko: "월", En: "Month"},
	"ON_SALE":                           {Ko: "판매 중", En: "On sale"},
	"HIDDEN":                            {Ko: "숨김", En: "Hidden"},
	"DAY_NOT_CLOSED":                    {Ko: "마감되지 않은 거래일", En: "Business day not closed"},
	"SET_ASIDE":                         {Ko: "제외된 행", En: "Row set aside"},
	"FINDING":                           {Ko: "검증 불일치", En: "Verification finding"},
	"FEED_UNREAD":                       {Ko: "읽지 못한 결제사 내역", En: "Provider report not read"},
	"VERIFICATION_STALE":                {Ko: "오래된 장부 검증", En: "No recent verification"},
	"WEBHOOK_PAUSED":                    {Ko: "중지된 웹훅", En: "Webhooks paused"},
	"GONE":                              {Ko: "수신 서버가 410으로 응답", En: "Endpoint answered 410 Gone"},
	"NOT_TAKEN":                         {Ko: "사흘 동안 메시지를 받지 않음", En: "No message accepted for three days"},
	"ROW_LATE":                          {Ko: "처리 지연", En: "Overdue"},
	"BLOCKED":                           {Ko: "판매 차단", En: "Blocked by staff"},
	"ACTIVE":                            {Ko: "이용 중", En: "Active"},
	"LOCKED":                            {Ko: "잠김", En: "Locked"},
	"REFUND_POLICY":                     {Ko: "환불 정책", En: "Refund policy"},
	"UNPAID_LIMITS":                     {Ko: "미결제 주문 한도", En: "Unpaid order limits"},
	"STAFF_ACCOUNT":                     {Ko: "직원 초대", En: "Staff invitation"},
	"STAFF_ROLE":                        {Ko: "직원 역할", En: "Staff role"},
	"PAYOUT_ACCOUNT":                    {Ko: "정산 계좌", En: "Payout account"},
	"WITHDRAWN_ACCOUNT":                 {Ko: "탈퇴한 판매자의 정산 계좌", En: "Payout account of a withdrawn seller"},
	"ADJUSTMENT":                        {Ko: "거래 내역 조정", En: "Ledger adjustment"},
	"CORRECTION":                        {Ko: "정정", En: "Correction"},
	"WRITE_OFF":                         {Ko: "대손상각", En: "Write-off"},
	"SUSPENSE":                          {Ko: "가지급금", En: "Suspense"},
	"PSP_CLEARING":                      {Ko: "결제사 예치금", En: "Held by providers"},
	"SELLER_PENDING":                    {Ko: "판매자 구매 확정 대기", En: "Held for sellers"},
	"COMMISSION_PENDING":                {Ko: "구매 확정 전 수수료", En: "Commission not earned yet"},
	"CONFIRMATION":                      {Ko: "구매 확정", En: "Confirmation"},
	"CONFIRMED":                         {Ko: "구매 확정", En: "Confirmed"},
	"UNCONFIRMED":                       {Ko: "구매 확정 취소", En: "Confirmation taken back"},
	"SELLER_PAYABLE":                    {Ko: "판매자 미지급금", En: "Owed to sellers"},
	"COMMISSION":                        {Ko: "수수료 수익", En: "Commission"},
	"BANK":                              {Ko: "은행", En: "Bank"},
	"DISPUTE":                           {Ko: "분쟁 결정", En: "Dispute decision"},
	"ACCEPT":                            {Ko: "인정", En: "Accept"},
	"WIN":                               {Ko: "승소", En: "Won"},
	string(market.EndDisputeResolved):   {Ko: "분쟁이 이미 종결되었습니다", En: "The dispute was resolved in the meantime"},
	string(market.EndBreakResolved):     {Ko: "대사 불일치가 이미 처리되었습니다", En: "The discrepancy was resolved in the meantime"},
	string(market.EndAmountChanged):     {Ko: "금액이 변경되었습니다", En: "The amount has changed"},
	"WITHDRAWN":                         {Ko: "철회됨", En: "Withdrawn"},
	"EXPIRED":                           {Ko: "만료", En: "Expired"},
	"INVITED":                           {Ko: "초대됨", En: "Invited"},
	"DISABLED":                          {Ko: "중지됨", En: "Disabled"},
	"OWNER":                             {Ko: "소유자", En: "Owner"},
	"FINANCE":                           {Ko: "재무", En: "Finance"},
	"SUPPORT":                           {Ko: "고객 지원", En: "Support"},
	"CATALOGUE":                         {Ko: "상품 관리", En: "Catalogue"},
	"AUDITOR":                           {Ko: "감사", En: "Auditor"},
	"RUNNING":                           {Ko: "진행 중", En: "Running"},
	"DONE":                              {Ko: "완료", En: "Completed"},
	"SKIPPED":                           {Ko: "건너뜀", En: "Skipped"},
	"CANCELLED":                         {Ko: "중단됨", En: "Stopped"},
	"REPRESENTED":                       {Ko: "이의 제기 중", En: "Contested"},
	"WON":                               {Ko: "승소", En: "Won"},
	"CARD":                              {Ko: "신용카드", En: "Card"},
	"KAKAO":                             {Ko: "카카오페이", En: "KakaoPay"},
	"NAVER":                             {Ko: "네이버페이", En: "Naver Pay"},
	"TOSS":                              {Ko: "토스페이", En: "Toss Pay"},
	"MOCK":                              {Ko: "모의 결제", En: "Mock payment"},
	string(market.ReasonChangeOfMind):   {Ko: "단순 변심", En: "Change of mind"},
	string(market.ReasonDamaged):        {Ko: "파손", En: "Damaged"},
	string(market.ReasonWrongItem):      {Ko: "오배송", En: "Wrong item"},
	string(market.ReasonSellerCannot):   {Ko: "판매자 취소", En: "Cancelled by the seller"},
	string(market.ReasonAdminDecision):  {Ko: "관리자 결정", En: "Decided by staff"},
	string(market.ReasonAmountMismatch): {Ko: "결제 금액 불일치", En: "Charged amount mismatch"},
	string(market.ReasonOrderExpired):   {Ko: "주문 만료 또는 이미 결제됨", En: "Order expired or already paid"},
	string(market.ReasonPaymentFailed):  {Ko: "결제 처리 실패", En: "Payment failed"},
	string(market.ReasonSaleStopped):    {Ko: "판매 중지", En: "No longer for sale"},
}

// Label returns a state or reason in the reader's language, or unchanged if it has no text.
func (f Frame) Label(s string) string {
	w, ok := words[s]
	if !ok {
		return s
	}
	return f.T(w)
}

// Field returns the label of a form's field in the reader's language: the name that refusals have for it, which is in
// English the words of its key.
func (f Frame) Field(key string) string {
	if !f.english {
		return web.KoreanName(key)
	}
	var words strings.Builder
	for i, r := range key {
		switch {
		case i == 0:
			r = unicode.ToUpper(r)
		case unicode.IsUpper(r):
			words.WriteByte(' ')
			r = unicode.ToLower(r)
		}
		words.WriteRune(r)
	}
	return words.String()
}

// banks are the names of banks. Some of their codes are also payment methods.
var banks = map[market.BankCode]Text{
	market.BankKookmin:  {Ko: "KB국민은행", En: "KB Kookmin Bank"},
	market.BankShinhan:  {Ko: "신한은행", En: "Shinhan Bank"},
	market.BankNonghyup: {Ko: "NH농협은행", En: "NH NongHyup Bank"},
	market.BankKakao:    {Ko: "카카오뱅크", En: "KakaoBank"},
	market.BankToss:     {Ko: "토스뱅크", En: "Toss Bank"},
}

// Bank returns the name of a bank in the reader's language, or its code if it is unknown.
func (f Frame) Bank(code string) string {
	name, ok := banks[market.BankCode(code)]
	if !ok {
		return code
	}
	return f.T(name)
}

// Won shows an amount in won.
func Won(m market.Money) string {
	if m < 0 {
		return "−" + Won(-m)
	}
	return "₩" + m.Grouped()
}

// When shows an instant to the minute, in the market's time zone.
func When(t market.LocalTime) string { return time.Time(t).In(market.Zone).Format("2006-01-02 15:04") }
