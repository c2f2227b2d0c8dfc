package market

// Detail identifies a text that is more specific than the text of a code. The comment beside each
// states its arguments; internal/web holds the texts.
type Detail string

// The details of refusals by business rules and by the database.
const (
	DetailStockChanged       Detail = "stock.changed"
	DetailProductBlocked     Detail = "product.blocked"
	DetailCategoryInUse      Detail = "category.inUse" // the number of its products
	DetailProposalWaits      Detail = "proposal.waits"
	DetailCategoryTaken      Detail = "category.taken"
	DetailBizNumberTaken     Detail = "bizNumber.taken"
	DetailNotYetShipped      Detail = "delivery.notShipped"
	DetailSeveralParcels     Detail = "delivery.severalParcels"
	DetailTooManyImages      Detail = "images.tooMany"    // the most that a product may have
	DetailTooManyAddresses   Detail = "addresses.tooMany" // the most that a buyer may have
	DetailTooManyEndpoints   Detail = "webhooks.tooMany"  // the most that an owner may have
	DetailEndpointAddress    Detail = "url.address"
	DetailOrdersOpen         Detail = "withdrawal.orders" // a buyer's orders or refunds are open
	DetailSalesOpen          Detail = "withdrawal.sales"  // a seller's parcels, refunds or settlements are open
	DetailRefundRemaining    Detail = "refund.remaining"  // what is left of the payment
	DetailRefundNotWaiting   Detail = "refund.notWaiting" // the state that the refund is in
	DetailCursorInvalid      Detail = "cursor.invalid"
	DetailCursorOrder        Detail = "cursor.order"
	DetailSortUnknown        Detail = "sort.unknown"        // the fields that can be sorted by
	DetailSearchPagesBounded Detail = "search.pagesBounded" // the number of results that pages reach
	DetailPasswordTooLong    Detail = "password.bytes"      // the most bytes
	DetailUsableMethods      Detail = "payment.methods"     // the methods of payment that can be used
	DetailStaffRole          Detail = "staff.role"          // what needs another role of staff
	DetailTwoOwners          Detail = "policy.twoOwners"
	DetailStaffSelf          Detail = "staff.self" // an account's own access
	DetailAdjustmentAccounts Detail = "adjustment.accounts"
	DetailAdjustmentWriteOff Detail = "adjustment.writeOff"
	DetailAdjustmentDebt     Detail = "adjustment.debt" // what the seller owes
	DetailPayoutMispaid      Detail = "payout.mispaid"
	DetailSellerNotWithdrawn Detail = "seller.notWithdrawn"
	DetailAdjustmentBreak    Detail = "adjustment.break"
	// DetailAdjustmentBreakSide: the adjustment makes the difference larger.
	DetailAdjustmentBreakSide Detail = "adjustment.breakSide"
	// DetailAdjustmentBreakAmount: the break's amount.
	DetailAdjustmentBreakAmount Detail = "adjustment.breakAmount"
	DetailSettlementLine        Detail = "settlement.line" // the line's number, the columns that cannot be read
	DetailFileLines             Detail = "file.lines"      // the most lines of a file
	DetailLineRepeated          Detail = "field.repeated"  // the column that names what an earlier line is about
	DetailOfferProduct          Detail = "offer.product"   // the id of a product that there is not
	DetailImagesChanged         Detail = "images.changed"  // not the images that the product has
	DetailOfferEmpty            Detail = "offer.empty"     // a change without a value
	DetailOfferBlocked          Detail = "offer.blocked"   // the id of the product that is blocked
	DetailOfferReserved         Detail = "offer.reserved"  // the id of the product and its reserved pieces
	DetailOfferStock            Detail = "offer.stock"     // the id of the product whose stock is another
)

// The details of requests that cannot be read.
const (
	DetailContentType        Detail = "body.contentType"
	DetailBodyEncoding       Detail = "body.encoding"
	DetailFieldInvalid       Detail = "field.invalid" // the field's name
	DetailProductShort       Detail = "order.short"   // the product's name; the pieces that are left
	DetailProductOffSale     Detail = "order.offSale" // the product's name
	DetailPriceChanged       Detail = "order.price"   // the total that was expected; that of now
	DetailQueryMalformed     Detail = "query.malformed"
	DetailParameterUnknown   Detail = "field.unknownParameter" // its name; the names that the route has
	DetailOtherOrigin        Detail = "origin.other"           // the request's Origin and Host
	DetailFieldTwice         Detail = "field.twice"            // the field's name
	DetailFieldRequired      Detail = "field.required"         // the field's name
	DetailPasswordOrCode     Detail = "login.passwordOrCode"
	DetailFieldTooLong       Detail = "field.tooLong"        // the field's name
	DetailTextEncoding       Detail = "field.encoding"       // the field's name, as of the next two
	DetailTextControl        Detail = "field.control"        // a control character
	DetailTextDirection      Detail = "field.direction"      // a character that overrides the direction of text
	DetailNotNatural         Detail = "field.notNatural"     // the field's name
	DetailNotBool            Detail = "field.notBool"        // the field's name
	DetailParameterTwice     Detail = "field.parameterTwice" // the parameter's name
	DetailNotTogether        Detail = "field.notTogether"    // the field's name, and the other's
	DetailBodyNotJSON        Detail = "body.json"
	DetailDayInFuture        Detail = "field.future"   // the field's name
	DetailNotDay             Detail = "field.notDay"   // the field's name
	DetailNotOneOf           Detail = "field.notOneOf" // the field's name, the values that it may have
	DetailStockReserved      Detail = "stock.reserved" // the number of reserved pieces
	DetailStockTwice         Detail = "stock.twice"    // with onHand
	DetailPageOutOfRange     Detail = "page.range"     // the last page
	DetailContentTypeCSV     Detail = "body.csv"
	DetailLineProblem        Detail = "line.problem" // the line, and its *Error
	DetailSizeOutOfRange     Detail = "size.range"   // the largest size
	DetailDaysReversed       Detail = "from.reversed"
	DetailSpanTooLong        Detail = "from.span"       // the most days
	DetailKeywordTooLong     Detail = "keyword.tooLong" // the most characters
	DetailTooManyRuns        Detail = "runs.tooMany"    // the most runs
	DetailUploadNotMultipart Detail = "image.notMultipart"
	DetailUploadEmpty        Detail = "image.empty"
	DetailUploadTooLarge     Detail = "image.tooManyBytes" // the most megabytes
	DetailUploadTwice        Detail = "image.twice"
	DetailImageTruncated     Detail = "image.truncated"
	DetailImageDamaged       Detail = "image.damaged"
	DetailImageTooLarge      Detail = "image.tooLarge" // the most megapixels
	DetailImageScans         Detail = "image.scans"    // the most scans
	DetailImageSlow          Detail = "image.slow"
	DetailImageAnimated      Detail = "image.animated"
	DetailFileColumns        Detail = "file.columns"     // the columns that the first line must name
	DetailFileColumnTwice    Detail = "file.columnTwice" // the column
	DetailLineFields         Detail = "line.fields"      // the fields of the line, those of the first line
	DetailLineQuotes         Detail = "line.quotes"
	DetailNotPlainNumber     Detail = "field.plainNumber" // the field's name
	DetailNotWholeWon        Detail = "field.wholeWon"    // the field's name
)
