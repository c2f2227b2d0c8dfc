package pages

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/notices"
	"github.com/all-in-market/market/internal/web"
)

// InboxPath is the page of the reader's notifications, and the target of its forms.
const InboxPath = "/inbox"

// PreferencesPath is the target of the form for mails about notifications, which is a part of the profile.
const PreferencesPath = ProfilePath + "/notifications"

// Inbox is the notifications of buyers and sellers; *store.Store implements it.
type Inbox interface {
	NotificationPreferences(
		ctx context.Context, role market.Role, accountID int64,
	) (market.NotificationPreferences, error)
	Notifications(
		ctx context.Context, role market.Role, accountID int64, unread bool, page market.PageRequest,
	) (market.Page[market.Notification], error)
	ReadAllNotifications(ctx context.Context, role market.Role, accountID int64) error
	ReadNotification(ctx context.Context, role market.Role, accountID, notificationID int64) error
	SetNotificationPreferences(
		ctx context.Context, role market.Role, accountID int64, change market.NotificationPreferences,
	) (p market.NotificationPreferences, err error)
	UnreadNotifications(ctx context.Context, role market.Role, accountID int64) (int64, error)
}

// InboxTab is the tab of the inbox.
var InboxTab = Tab{Path: InboxPath, Name: textInbox, Icon: "bell"}

// In returns the tab as one of a group.
func (t Tab) In(group Text) Tab {
	t.Group = group
	return t
}

// Unread returns the Reader of a site that counts unread notifications alone.
func Unread(inbox Inbox) func(r *http.Request) (Reader, error) {
	return func(r *http.Request) (Reader, error) {
		caller := web.Caller(r)
		n, err := inbox.UnreadNotifications(r.Context(), caller.Role, caller.ID)
		return Reader{Waiting: map[string]int64{InboxPath: n}}, err
	}
}

// addInbox adds the pages of notifications.
func (s *Site) addInbox(route func(method, path string, h web.Handler)) {
	route(http.MethodGet, InboxPath, s.showInbox)
	route(http.MethodPost, InboxPath, s.readInbox)
	route(http.MethodPost, InboxPath+"/{notificationId}", s.readNotification)
}

func (s *Site) showInbox(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, Rows)
	if err != nil {
		return err
	}
	caller := web.Caller(r)
	found, err := s.Inbox.Notifications(r.Context(), caller.Role, caller.ID, false, page)
	if err != nil {
		return err
	}
	Show(w, r, http.StatusOK, inboxPage(s.Frame(r, textInbox), Listed[market.Notification]{Page: found}))
	return nil
}

// readInbox marks all notifications as read.
func (s *Site) readInbox(w http.ResponseWriter, r *http.Request) error {
	caller := web.Caller(r)
	if err := s.Inbox.ReadAllNotifications(r.Context(), caller.Role, caller.ID); err != nil {
		return err
	}
	http.Redirect(w, r, s.Base+InboxPath, http.StatusSeeOther)
	return nil
}

func (s *Site) readNotification(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "notificationId")
	if err != nil {
		return err
	}
	caller := web.Caller(r)
	if err := s.Inbox.ReadNotification(r.Context(), caller.Role, caller.ID, id); err != nil {
		return err
	}
	http.Redirect(w, r, s.Base+InboxPath, http.StatusSeeOther)
	return nil
}

// Preferences returns the mails that the reader has chosen.
func (s *Site) Preferences(r *http.Request) (market.NotificationPreferences, error) {
	caller := web.Caller(r)
	return s.Inbox.NotificationPreferences(r.Context(), caller.Role, caller.ID)
}

// preferences is a submitted form of the mails of an account.
type preferences struct {
	Language        market.Language `json:"language" validate:"required,enum"`
	OrderMails      bool            `json:"orderMails"`
	RefundMails     bool            `json:"refundMails"`
	RestockMails    bool            `json:"restockMails"`    // buyers
	StockMails      bool            `json:"stockMails"`      // sellers
	SettlementMails bool            `json:"settlementMails"` // sellers
}

// SavePreferences changes the mails that the reader gets.
func (s *Site) SavePreferences(w http.ResponseWriter, r *http.Request) error {
	var in preferences
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	change := market.NotificationPreferences{Language: in.Language, Mails: map[market.Topic]bool{}}
	wanted := map[market.Topic]bool{
		market.TopicOrders: in.OrderMails, market.TopicRefunds: in.RefundMails, market.TopicRestock: in.RestockMails,
		market.TopicStock: in.StockMails, market.TopicSettlement: in.SettlementMails,
	}
	caller := web.Caller(r)
	for _, t := range market.Topics(caller.Role) {
		change.Mails[t] = wanted[t]
	}
	if _, err := s.Inbox.SetNotificationPreferences(r.Context(), caller.Role, caller.ID, change); err != nil {
		return err
	}
	s.Back(w, r, ProfilePath, noticeProfile)
	return nil
}

// text returns the text of a notification in the reader's language.
func (f Frame) text(n market.Notification) notices.Notice {
	return notices.Of(n, f.caller.Role, market.Language(f.language()))
}

// topicTexts are the names of the topics whose mails can be turned off.
var topicTexts = map[market.Topic]Text{
	market.TopicOrders: {Ko: "주문과 배송", En: "Orders and shipping"}, market.TopicRefunds: {Ko: "환불", En: "Refunds"},
	market.TopicRestock: {Ko: "재입고", En: "Restocks"}, market.TopicStock: {Ko: "재고 부족", En: "Low stock"},
	market.TopicSettlement: {Ko: "정산", En: "Settlements"},
}
