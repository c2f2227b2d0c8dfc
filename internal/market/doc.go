// Package market is the marketplace's language: money and its rules, states and their
// machines, error codes, and the time zone of its business day. Besides the standard library
// it imports golang.org/x/net and golang.org/x/text. Each noun means one thing, here and everywhere else:
//
//	checkout       turning cart items into an order, once for a buyer and a key
//	order          what a buyer has ordered, of one or more sellers; its lines are order items
//	line           an order item: pieces of one product, at the price of the order's time
//	piece          one unit of a product; quantities count pieces
//	payment        one attempt to pay an order, from its opening to its end
//	charge         what the payment gateway has taken for a payment
//	approval       booking a charge: the payment succeeds and the order is paid
//	reversal       a refund that nobody has asked for: of a charge that no order stands behind
//	refund         money that goes back to a buyer, for pieces or as a reversal
//	decision       what an admin, an operator or a rule says to a refund
//	cancellation   what the payment gateway has given back of a charge, for a refund; a buyer
//	               cancels an order, which has no noun: it is a refund, or a failed order
//	restock        a product that was sold out and is on hand again
//	stock          pieces that can still be ordered; with the reserved ones they are on hand
//	movement       a change of stock, or of what is reserved
//	posting        one balanced transaction of the ledger
//	commission     the marketplace's share of a line in whole won, frozen when the order is placed
//	payable        what the lines of a day or a period come to for a seller
//	roll-up        adding postings to dashboards and statistics
//	day close      what ends a business day: its statistics are final, and it is settled
//	settlement     what a seller is owed for a period
//	payout         the payment of a settlement to its seller
//	attempt        one try to pay a payout, under a key of its own
//	transfer       what the bank makes of an attempt
//	follow-up      a workflow that a change calls for, written in the change's transaction
//	driver         the workflow that moves a waiting row on
//	late           having waited for longer than somebody should
package market
