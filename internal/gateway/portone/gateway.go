package portone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
)

// Gateway implements gateway.Redirect with PortOne.
type Gateway struct {
	client   *Client
	channels map[market.PaymentMethod]string
	live     bool
}

// NewGateway returns a gateway for a store. channels are the channel keys of the offered methods;
// live means that they move real money.
func NewGateway(c *Client, channels map[market.PaymentMethod]string, live bool) *Gateway {
	return &Gateway{client: c, channels: channels, live: live}
}

// Offers implements gateway.Redirect.
func (g *Gateway) Offers(m market.PaymentMethod) bool { return g.channels[m] != "" }

// Available implements gateway.Redirect: it is false while the circuit of payment requests is
// open, here or in another process.
func (g *Gateway) Available() bool { return g.client.available() }

// Window implements gateway.Redirect.
func (g *Gateway) Window(p market.Payment, orderName string) *market.PaymentWindow {
	won, err := Won(p.Amount)
	method, known := market.MethodOf(p.Method)
	if err != nil || !known {
		return nil
	}
	w := &market.PaymentWindow{
		StoreID: g.client.storeID, ChannelKey: g.channels[p.Method], PaymentID: p.MerchantUID, OrderName: orderName,
		TotalAmount: won, Currency: Currency, PayMethod: method.PayMethod,
	}
	if method.EasyPay != "" {
		w.EasyPay = &market.EasyPayWindow{EasyPayProvider: method.EasyPay}
	}
	return w
}

// Prepare implements gateway.Redirect.
func (g *Gateway) Prepare(ctx context.Context, merchantUID string, amount market.Money) error {
	if err := CheckPaymentID(merchantUID); err != nil {
		return err
	}
	return g.client.PreRegister(ctx, merchantUID, amount)
}

// Confirm implements gateway.Redirect.
func (g *Gateway) Confirm(ctx context.Context, r gateway.ConfirmRequest) error {
	err := g.client.Confirm(ctx, Confirmation{
		PaymentID: r.MerchantUID, Token: r.Token, TransactionID: r.TransactionID, Amount: r.Amount,
	})
	if Definite(err) || isType(err, typePGProvider) {
		return fmt.Errorf("%w: %w", gateway.ErrDeclined, err)
	}
	return err
}

// FetchPayment implements gateway.Redirect.
func (g *Gateway) FetchPayment(ctx context.Context, merchantUID string) (gateway.PaymentSnapshot, error) {
	p, err := g.client.Payment(ctx, merchantUID)
	switch {
	case errors.Is(err, ErrUnknownPayment):
		return gateway.PaymentSnapshot{State: gateway.SnapshotWaiting}, nil // the window has not been opened
	case err != nil:
		return gateway.PaymentSnapshot{}, err
	case p.ID != merchantUID:
		return gateway.PaymentSnapshot{}, fmt.Errorf("PortOne answered a request for payment %s with payment %s",
			merchantUID, p.ID)
	}
	s := gateway.PaymentSnapshot{State: gateway.SnapshotWaiting, TransactionID: p.TransactionID}
	switch {
	case p.Status == StatusFailed:
		s.State = gateway.SnapshotDeclined
		if p.Failure != nil {
			s.Reason = p.Failure.Reason
		}
	case p.Status == StatusCancelled:
		s.State = gateway.SnapshotCancelled
	case p.Status.Charged():
		s.State = gateway.SnapshotCharged
	}
	if !p.Status.Charged() {
		return s, nil
	}
	if s.Mismatch = p.Mismatch(Expected{merchantUID, g.client.storeID, g.live}); s.Mismatch != "" {
		return s, nil
	}
	s.Charge, err = chargeOf(p)
	return s, err
}

// chargeOf converts a paid payment in won.
func chargeOf(p Payment) (c gateway.Charge, err error) {
	c = gateway.Charge{ImpUID: p.TransactionID, MerchantUID: p.ID, At: p.PaidAt}
	if c.Amount, err = FromWon(p.Amount.Total); err != nil {
		return c, err
	}
	for _, x := range p.Cancellations {
		amount, err := FromWon(x.TotalAmount)
		if err != nil {
			return c, err
		}
		given := gateway.Cancellation{
			Amount: amount, Pending: x.Status == CancellationRequested, Failed: x.Status == CancellationFailed,
			ID: x.ID, Cause: x.Trigger, Detail: x.Reason, At: cmp.Or(x.CancelledAt, x.RequestedAt),
		}
		if refund, attempt, ours := refundOf(x.Reason); ours {
			given.Key, given.Attempt, given.RefundID = gateway.CancelKey(c.ImpUID, refund), attempt, refund
		}
		c.Cancellations = append(c.Cancellations, given)
	}
	return c, nil
}

// Inquire implements gateway.Provider.
func (g *Gateway) Inquire(ctx context.Context, merchantUID string) (gateway.Charge, error) {
	p, err := g.client.Payment(ctx, merchantUID)
	switch {
	case errors.Is(err, ErrUnknownPayment):
		return gateway.Charge{}, gateway.ErrUnknownPayment
	case err != nil:
		return gateway.Charge{}, err
	case !p.Status.Charged():
		return gateway.Charge{}, gateway.ErrDeclined
	}
	return chargeOf(p)
}

// PortOne returns the reason that a cancellation was requested with. So that a cancellation can be
// orNotFound after its key has expired, the reason contains the refund and the attempt.
var refundMark = regexp.MustCompile(`\[refund (\d+)-(\d+)\]$`)

func markedReason(reason string, refundID int64, attempt int32) string {
	return fmt.Sprintf("%s [refund %d-%d]", reason, refundID, attempt)
}

func refundOf(reason string) (refundID int64, attempt int32, ours bool) {
	m := refundMark.FindStringSubmatch(reason)
	if m == nil {
		return 0, 0, false
	}
	id, err := strconv.ParseInt(m[1], 10, 64)
	n, err2 := strconv.ParseInt(m[2], 10, 32)
	return id, int32(n), err == nil && err2 == nil
}

// Cancel implements gateway.Provider. A provider that decides later is not an error: inquire.
func (g *Gateway) Cancel(ctx context.Context, r gateway.CancelRequest) error {
	_, err := g.client.Cancel(ctx, Cancel{
		PaymentID: r.MerchantUID, Amount: r.Amount, Cancellable: r.Cancellable,
		Reason: markedReason(r.Reason, r.RefundID, r.Attempt),
		Key:    key("refund", r.MerchantUID, strconv.FormatInt(r.RefundID, 10), strconv.Itoa(int(r.Attempt))),
	})
	switch {
	case Definite(err), errors.Is(err, errNotWon):
		return fmt.Errorf("%w: %w", gateway.ErrNotCancellable, err)
	case isType(err, typeAmountMoved, typePGProvider):
		return fmt.Errorf("%w: %w", gateway.ErrNotNow, err)
	}
	return err
}

// firstDay is before any payment; without a start PortOne returns the last 90 days only.
var firstDay = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)

// Charges implements gateway.Provider. It omits charges in other currencies, which cannot be
// booked.
func (g *Gateway) Charges(
	ctx context.Context, since time.Time, cursor string,
) (page []gateway.Charge, next string, err error) {
	if since.Before(firstDay) {
		since = firstDay
	}
	payments, err := g.client.Payments(ctx, since, time.Now().Add(time.Hour), cursor)
	if err != nil {
		return nil, "", err
	}
	for _, i := range payments.Items {
		if !i.Value.Status.Charged() || i.Value.Currency != Currency {
			continue
		}
		c, err := chargeOf(i.Value)
		if err != nil {
			return nil, "", err
		}
		page = append(page, c)
	}
	return page, payments.Next(), nil
}

// Events implements gateway.Redirect. It omits events of other stores.
func (g *Gateway) Events(
	ctx context.Context, from, until time.Time, cursor string,
) (page []market.ProviderEvent, next string, err error) {
	events, err := g.client.Events(ctx, from, until, cursor)
	if err != nil {
		return nil, "", err
	}
	for _, i := range events.Items {
		if e := i.Value; e.StoreID == g.client.storeID {
			page = append(page, market.ProviderEvent{
				ID: e.ID, Type: e.Type, MerchantUID: e.PaymentID, Amount: market.Money(e.Amount) * 100,
				Currency: e.Currency,
				At:       e.CreatedAt,
			})
		}
	}
	return page, events.Next(), nil
}

// GiveBack implements gateway.Redirect.
func (g *Gateway) GiveBack(ctx context.Context, merchantUID string) error {
	p, err := g.client.Payment(ctx, merchantUID)
	if err != nil {
		return err
	}
	failed, pending := 0, int64(0)
	for _, c := range p.Cancellations {
		switch c.Status {
		case CancellationFailed:
			failed++
		case CancellationRequested:
			pending += c.TotalAmount
		case CancellationSucceeded:
		}
	}
	left := p.Amount.Cancellable()
	switch left {
	case 0:
		return nil
	case pending:
		return errors.New("PortOne has not completed the cancellation yet")
	}
	c, err := g.client.CancelRest(ctx, Rest{
		PaymentID: merchantUID, Cancellable: left - pending, Reason: "not the payment of an order",
		Key: key("give-back", merchantUID, strconv.Itoa(failed), strconv.FormatInt(left-pending, 10)),
	})
	if err == nil && (c.Status != CancellationSucceeded || pending > 0) {
		err = errors.New("PortOne has not completed the cancellation yet")
	}
	return err
}
