// Package market is the domain language of the marketplace: money and its rules, states and
// their machines, error codes, and the time zone of its business day. Besides the standard
// library it imports golang.org/x/net and golang.org/x/text. The terms, here and everywhere else:
//
//	checkout       placing an order for cart items, once per buyer and key
//	order          the products that a buyer has ordered, of one or more sellers
//	line           an order item: pieces of one product, at the price when it was ordered
//	piece          one unit of a product; quantities count pieces
//	payment        one attempt to pay an order, from its opening to its end
//	charge         the money that the payment gateway has taken for a payment
//	approval       booking a charge: the payment succeeds and the order is paid
//	refund         money that goes back to a buyer, for pieces or as a reversal
//	reversal       an automatic refund of a charge whose order cannot take it
//	decision       the approval or denial of a refund by an admin, an operator or a rule
//	cancellation   the part of a charge that the payment gateway has given back; the
//	               cancellation of an order is a refund, or a failed order
//	restock        a product that was sold out and is back in stock
//	stock          pieces available for orders; stock and reserved pieces are on hand
//	movement       a change of stock or of reserved pieces
//	posting        one balanced transaction of the ledger
//	commission     the marketplace's share of a line in whole won, frozen when the order is placed
//	payable        a seller's earnings of a day or a period
//	roll-up        adding postings to dashboards and statistics
//	day close      the end of a business day: its statistics become final, and it is settled
//	settlement     the amount that a seller is owed for a period
//	payout         the payment of a settlement to its seller
//	attempt        one try to pay a payout, under a key of its own
//	transfer       the bank's record of an attempt
//	follow-up      an outbox entry for starting a workflow, written in a change's transaction
//	owner          the workflow that is open while a row waits
//	late           waiting for longer than the deadline of the row's state
package market
