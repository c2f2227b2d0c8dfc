package mail

import (
	"net/url"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/notices"
)

// Message is a mail to write. Token belongs to kinds that carry one, Reason to decisions.
type Message struct {
	Kind      market.MailKind
	Role      market.Role
	Recipient string
	Token     string
	Reason    string

	Notification *market.Notification // of a mail that reports one; nil for the others
	Language     market.Language      // of its account; "" for both, as for staff, who have none

	// Of an invitation: the role of the receiver, and who invites, "" for an operator.
	StaffRole               market.StaffRole
	SenderName, SenderEmail string
}

// text is the text of a mail about an account.
type text struct {
	subject string // in Korean and in English
	ko, en  string
	page    string // that takes the token, of the site for the receiver's role
}

// subjectPrefix begins the subject of each mail.
const subjectPrefix = "[All-In-Market] "

// in returns a text in the language of the account, or in both languages if the account has none.
func (m Message) in(ko, en string) string {
	switch m.Language {
	case market.Korean:
		return ko
	case market.English:
		return en
	}
	return ko + " / " + en
}

var texts = map[market.MailKind]text{
	market.MailEmailVerification: {"이메일 주소 확인 / Confirm your email address",
		"아래 코드를 입력하면 이메일 주소가 확인됩니다. 코드는 7일 동안 유효합니다.",
		"Enter this code to confirm your email address. It is valid for 7 days.", "/verify"},
	market.MailAddressInUse: {"이미 가입된 이메일 주소입니다 / Your email address is already in use",
		"다른 계정에서 이 이메일 주소를 등록하려고 했습니다. 이미 이 주소로 가입된 계정이 있어 변경되지 않았습니다. 본인이 요청하지 않았다면 이 메일을 무시해 주세요.",
		"Another account tried to register this email address. It already belongs to your account, so nothing was changed. " +
			"If this was not you, ignore this email.", ""},
	market.MailPasswordReset: {"비밀번호 재설정 / Reset your password",
		"아래 코드로 새 비밀번호를 설정할 수 있습니다. 코드는 1시간 동안 한 번만 사용할 수 있습니다. 요청하지 않으셨다면 이 메일을 무시해 주세요.",
		"Use this code to set a new password. It can be used once within an hour. If you did not request it, ignore this email.",
		"/reset-password"},
	market.MailStaffInvitation: {"관리자 계정에 초대되었습니다 / You are invited to join the staff of All-In-Market",
		"All-In-Market 관리자 계정이 만들어졌습니다. 관리자 콘솔의 로그인 화면에서 아래 코드로 비밀번호를 설정해 주세요. 코드는 3일 동안 한 번만 사용할 수 있습니다.",
		"A staff account of All-In-Market has been created for you. Use this code at the console's login to set a password. It can be used once within 3 days.",
		"/reset-password"},
	market.MailPasswordChanged: {"비밀번호가 변경되었습니다 / Your password has changed",
		"비밀번호가 변경되었습니다. 본인이 변경하지 않았다면 즉시 비밀번호를 재설정하고 고객센터에 알려 주세요.",
		"The password of your account has changed. If this was not you, reset it immediately and contact customer support.", ""},
	market.MailEmailChanged: {"이메일 주소가 변경되었습니다 / Your email address has changed",
		"계정의 이메일 주소가 변경되었습니다. 본인이 변경하지 않았다면 즉시 고객센터에 알려 주세요.",
		"The email address of your account has changed. If this was not you, contact customer support immediately.", ""},
	market.MailEmailChangeRequested: {"이메일 주소 변경 요청을 받았습니다 / Request to change your email address",
		"계정의 이메일 주소 변경이 요청되었습니다. 새 주소가 확인될 때까지 이 주소로 로그인합니다. 본인이 요청하지 않았다면 즉시 비밀번호를 변경하고 고객센터에 알려 주세요.",
		"A change of the email address of your account was requested. You log in with this address until the new one is confirmed. If this was not you, change your password immediately and contact customer support.", ""},
	market.MailBankAccountChanged: {"정산 계좌가 변경되었습니다 / Your payout account has changed",
		"정산 계좌가 변경되어 지급이 잠시 보류됩니다. 본인이 변경하지 않았다면 즉시 고객센터에 알려 주세요.",
		"Your payout account has changed, and payouts are on hold for a while. If this was not you, contact customer support immediately.", ""},
	market.MailBankAccountRequested: {"정산 계좌 변경 요청을 받았습니다 / Request to change your payout account",
		"정산 계좌 변경 요청을 접수했습니다. 담당자가 승인할 때까지 기존 계좌로 지급합니다. 본인이 요청하지 않았다면 즉시 고객센터에 알려 주세요.",
		"A change of your payout account was requested. Payouts go to the current account until our staff approves the change. If you did not request it, contact customer support immediately.", ""},
	market.MailBankAccountRejected: {"정산 계좌 변경이 반려되었습니다 / Your new payout account was rejected",
		"요청하신 정산 계좌 변경이 반려되었습니다. 정산금은 계속 기존 계좌로 지급합니다. 아래 사유를 확인한 뒤 내 정보에서 다시 요청해 주세요.",
		"The change of your payout account was rejected. Payouts continue to the current account. Read the reason below, then request the change again in your profile.", ""},
	market.MailBankAccountExpired: {"정산 계좌 변경 요청이 만료되었습니다 / Your payout account change has expired",
		"요청하신 정산 계좌 변경이 일주일 안에 승인되지 않아 만료되었습니다. 정산금은 계속 기존 계좌로 지급합니다. 내 정보에서 다시 요청해 주세요.",
		"The change of your payout account was not approved within a week and has expired. Payouts continue to the current account. You can request the change again in your profile.", ""},
	market.MailSecondFactorChanged: {"2단계 인증 설정이 변경되었습니다 / Your second factor has changed",
		"관리자 계정의 2단계 인증 설정이 변경되었습니다. 본인이 변경하지 않았다면 즉시 다른 관리자에게 알려 주세요.",
		"The second factor of your admin account was turned on or off. If this was not you, contact another admin immediately.",
		""},
	market.MailOrderDisputed: {"결제가 취소된 주문이 있습니다 / The payment of an order is disputed",
		"결제대행사에서 결제가 취소되었거나 카드사 이의제기가 접수된 주문이 있습니다. 처리 결과가 나올 때까지 해당 주문은 발송할 수 없습니다. 판매자 센터의 주문 목록에서 확인해 주세요.",
		"The payment of one of your orders was cancelled at the payment provider or charged back. Do not ship the order until our staff has decided. See Orders in the seller centre.", ""},
	market.MailWebhookPaused: {"웹훅 전송이 중지되었습니다 / Your webhook endpoint was paused",
		"등록하신 웹훅 주소가 메시지를 받지 않아 전송을 중지했습니다. 수신 서버를 확인한 뒤 웹훅을 다시 켜면 밀린 메시지가 순서대로 전송됩니다.",
		"Your webhook endpoint has not accepted messages, so delivery is paused. Fix the endpoint and activate it again: the waiting messages are then delivered in order.",
		""},
}

// account returns a mail about an account, in its language.
func (m Message) account(sites Sites) (subject string, l letter) {
	t := texts[m.Kind]
	ko, en, _ := strings.Cut(t.subject, " / ")
	l = letter{Language: m.Language, Title: m.in(ko, en), Paragraphs: []string{t.ko, t.en}, Code: m.Token}
	switch m.Language {
	case market.Korean:
		l.Paragraphs = []string{t.ko}
	case market.English:
		l.Paragraphs = []string{t.en}
	}
	if m.StaffRole != "" {
		l.Facts = m.invitation(sites)
	}
	if m.Reason != "" {
		reason := strings.Join(strings.Fields(m.Reason), " ")
		l.Facts = append(l.Facts, notices.Fact{Name: m.in("사유", "Reason"), Value: reason})
	}
	if page := sites.page(m.Role, t.page); m.Token != "" && page != "" {
		l.LinkText = m.in("코드 입력 화면 열기", "Open the page for the code")
		l.URL = page + "#" + url.Values{"token": {m.Token}}.Encode()
	}
	return subjectPrefix + l.Title, l
}

// staffRoles are the names of the roles of staff.
var staffRoles = map[market.StaffRole]string{
	market.StaffOwner: "소유자 / Owner", market.StaffFinance: "재무 / Finance", market.StaffSupport: "고객 지원 / Support",
	market.StaffCatalogue: "상품 관리 / Catalogue", market.StaffAuditor: "감사 / Auditor",
}

// invitation returns the facts of an invitation: the role, who invites, and the address of the console.
func (m Message) invitation(sites Sites) []notices.Fact {
	facts := []notices.Fact{{Name: m.in("역할", "Role"), Value: staffRoles[m.StaffRole]}}
	if m.SenderEmail != "" {
		name := strings.Join(strings.Fields(m.SenderName), " ")
		facts = append(facts, notices.Fact{Name: m.in("초대한 사람", "Invited by"), Value: name + ", " + m.SenderEmail})
	}
	if console := sites.page(market.RoleAdmin, "/"); console != "" {
		facts = append(facts, notices.Fact{Name: m.in("관리자 콘솔", "Console"), Value: console})
	}
	return facts
}
