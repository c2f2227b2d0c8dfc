// Package notices is the texts of notifications, in mails and on pages.
package notices

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/market"
)

// text is a text in the languages of mails.
type text struct{ ko, en string }

func (t text) in(l market.Language) string {
	if l == market.English {
		return t.en
	}
	return t.ko
}

// notice is the text of a kind of notification: a title, which is the subject of its mail, and what it means for the
// reader.
type notice struct{ title, message text }

// Notice is the text of a notification in one language.
type Notice struct {
	Title, Message string
	Facts          []Fact
	Path           string // of the page about it, within the reader's site
}

// Fact is a line of a notice, such as the number of the order.
type Fact struct{ Name, Value string }

// Of returns the text of a notification to an account of a role.
func Of(n market.Notification, role market.Role, l market.Language) Notice {
	t := texts[n.Kind]
	if role == market.RoleSeller {
		if own, ok := sellerTexts[n.Kind]; ok {
			t = own
		}
	}
	return Notice{Title: t.title.in(l), Message: t.message.in(l), Facts: facts(n.Facts, l), Path: path(n, role)}
}

// path returns the page about a notification.
func path(n market.Notification, role market.Role) string {
	id := func(prefix string, id int64) string { return prefix + strconv.FormatInt(id, 10) }
	seller := role == market.RoleSeller
	switch {
	case n.Topic == market.TopicAccount:
		return "/"
	case n.Facts.SettlementID != 0:
		return id("/settlements/", n.Facts.SettlementID)
	case n.Facts.ProductID != 0:
		return id("/products/", n.Facts.ProductID)
	case seller && n.Topic == market.TopicRefunds:
		return "/refunds"
	}
	return id("/orders/", n.Facts.OrderID)
}

// facts returns the lines of a notice.
func facts(f market.NotificationFacts, l market.Language) (all []Fact) {
	add := func(name text, value string) {
		if value != "" {
			all = append(all, Fact{name.in(l), value})
		}
	}
	if f.PlacedOn != nil {
		add(text{"주문번호", "Order number"}, market.OrderNumber(f.OrderID, *f.PlacedOn))
	}
	add(text{"상품", "Product"}, product(f, l))
	add(text{"판매자", "Store"}, line(f.Store))
	if f.From != "" {
		add(text{"정산 기간", "Period"}, f.From+" – "+f.To)
	}
	if f.Amount != nil {
		add(text{"금액", "Amount"}, won(*f.Amount, l))
	}
	if f.Fee != nil {
		add(text{"수수료", "Commission"}, won(*f.Fee, l))
	}
	if f.Stock != nil {
		add(text{"남은 재고", "Stock left"}, strconv.Itoa(int(*f.Stock)))
	}
	add(text{"송장번호", "Tracking number"}, strings.TrimSpace(line(f.Carrier)+" "+line(f.TrackingNumber)))
	add(text{"사유", "Reason"}, line(f.Reason))
	return all
}

// product returns the name of the first product, and how many others there are.
func product(f market.NotificationFacts, l market.Language) string {
	name := line(f.Product)
	if f.More == 0 {
		return name
	}
	return fmt.Sprintf(text{"%s 외 %d건", "%s and %d more"}.in(l), name, f.More)
}

// line returns a text on one line.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// won returns an amount as readers of a language write it.
func won(m market.Money, l market.Language) string {
	if m < 0 {
		return "−" + won(-m, l)
	}
	return fmt.Sprintf(text{"%s원", "₩%s"}.in(l), m.Grouped())
}
