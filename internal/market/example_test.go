package market_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// An order with a line of three pieces, and what each party has of it.
func ExamplePriceOrder() {
	o, err := market.PriceOrder([]market.PricedLine{{UnitPrice: 12_990_00, Quantity: 3}}, market.CurrentTerms())
	if err != nil {
		fmt.Println(err)
		return
	}
	a := o.Lines[0]
	fmt.Println("the buyer pays", a.Net)
	fmt.Println("the marketplace keeps", a.Commission)
	fmt.Println("the seller earns", a.SellerShare())
	// Output:
	// the buyer pays 38970.00
	// the marketplace keeps 1948.00
	// the seller earns 37022.00
}

// An amount that three pieces do not share evenly: the last one takes the rest.
func ExampleConfirmShare() {
	rest := market.Money(100_00)
	for pieces := int32(3); pieces > 0; pieces-- {
		share := market.ConfirmShare(rest, 1, pieces)
		fmt.Println(share)
		rest -= share
	}
	// Output:
	// 33.00
	// 33.00
	// 34.00
}

// Debts and fractions of a won are carried over.
func ExampleSettlementNet() {
	amount, carried := market.SettlementNet(-300_00, 0)
	fmt.Println("paid", amount, "carried", carried)
	amount, carried = market.SettlementNet(500_25, carried)
	fmt.Println("paid", amount, "carried", carried)
	// Output:
	// paid 0.00 carried -300.00
	// paid 200.00 carried 0.25
}

// Money is hundredths in Go, and a number with two decimals on the wire.
func ExampleMoney() {
	var m market.Money
	if err := json.Unmarshal([]byte("12900.5"), &m); err != nil {
		fmt.Println(err)
		return
	}
	b, err := json.Marshal(m)
	fmt.Println(int64(m), string(b), err)
	fmt.Println(json.Unmarshal([]byte("0.001"), &m) != nil)
	// Output:
	// 1290050 12900.50 <nil>
	// true
}

// The market's day is Seoul's, regardless of the server's time zone.
func ExampleDayOf() {
	at := time.Date(2026, time.January, 31, 15, 0, 0, 0, time.UTC)
	fmt.Println(market.DayOf(at.Add(-time.Second)), market.DayOf(at))
	// Output: 2026-01-31 2026-02-01
}

// A month is settled in two halves.
func ExamplePeriodEnding() {
	for _, d := range []market.Day{market.Date(2026, 2, 15), market.Date(2026, 2, 16), market.Date(2026, 2, 28)} {
		p, ends := market.PeriodEnding(d)
		fmt.Println(d, ends, p.Start, p.End)
	}
	// Output:
	// 2026-02-15 true 2026-02-01 2026-02-15
	// 2026-02-16 false 0001-01-01 0001-01-01
	// 2026-02-28 true 2026-02-16 2026-02-28
}

// What has been paid is shipped, delivered or paid back; what was paid back stays so.
func ExampleStateMachine() {
	fmt.Println(market.OrderStates[market.OrderPaid])
	fmt.Println(market.OrderStates[market.OrderRefunded])
	fmt.Println(market.OrderStates.Has("LOST"))
	// Output:
	// [SHIPPED DELIVERED REFUNDED]
	// []
	// false
}

// A refusal keeps its code on its way up.
func ExampleRefuse() {
	err := fmt.Errorf("while paying: %w", market.Refuse(market.CodeOrderExpired))
	fmt.Println(err)
	fmt.Println(market.CodeOf(err))
	// Output:
	// while paying: ORDER_EXPIRED
	// ORDER_EXPIRED
}
