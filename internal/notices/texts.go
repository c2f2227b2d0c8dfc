package notices

import "github.com/all-in-market/market/internal/market"

// texts are the notices of each kind.
var texts = map[market.NotificationKind]notice{
	market.NoticeOrderPlaced: {
		text{"주문이 접수되었습니다", "We received your order"},
		text{"30분 안에 결제해 주세요. 결제하지 않으면 주문이 자동으로 취소됩니다.",
			"Please pay within 30 minutes. An unpaid order expires."},
	},
	market.NoticeOrderPaid: {
		text{"결제가 완료되었습니다", "Your payment is complete"},
		text{"판매자가 상품을 준비하고 있습니다. 발송되면 알려 드립니다.",
			"The seller is preparing your order. We will notify you when it ships."},
	},
	market.NoticePaymentDeclined: {
		text{"결제가 완료되지 않아 주문이 취소되었습니다", "Your payment was declined and the order is cancelled"},
		text{"청구된 금액이 있으면 전액 환불됩니다. 다른 결제 수단으로 다시 주문해 주세요.",
			"Anything that was charged is refunded in full. You can order again with another payment method."},
	},
	market.NoticeOrderExpired: {
		text{"결제 시간이 지나 주문이 취소되었습니다", "Your order has expired"},
		text{"정해진 시간 안에 결제되지 않아 주문이 취소되었습니다. 상품이 필요하면 다시 주문해 주세요.",
			"The order was not paid in time and is cancelled. You can order again."},
	},
	market.NoticeOrderPartShipped: {
		text{"주문하신 상품 일부가 발송되었습니다", "Part of your order has shipped"},
		text{"나머지 상품도 발송되면 알려 드립니다.", "We will notify you when the rest ships."},
	},
	market.NoticeOrderShipped: {
		text{"주문하신 상품이 모두 발송되었습니다", "Your order has shipped"},
		text{"송장번호는 주문 상세에서 확인할 수 있습니다.", "You find the tracking numbers in the order's details."},
	},
	market.NoticeOrderDelivered: {
		text{"배송이 완료되었습니다", "Your order was delivered"},
		text{"상품에 문제가 있으면 주문 상세에서 환불을 요청해 주세요.",
			"If something is wrong, request a refund in the order's details."},
	},
	market.NoticeOrderCancelled: {
		text{"주문이 취소되었습니다", "Your order is cancelled"},
		text{"결제하신 금액이 있으면 결제 수단으로 환불됩니다.", "Anything that you paid is refunded to your payment method."},
	},
	market.NoticeRefundRequested: {
		text{"환불 요청이 접수되었습니다", "We received your refund request"},
		text{"검토한 뒤 결과를 알려 드립니다.", "We will review it and notify you of the decision."},
	},
	market.NoticeRefundApproved: {
		text{"환불이 승인되었습니다", "Your refund is approved"},
		text{"결제 수단으로 환불을 진행하고 있습니다.", "The refund to your payment method is on its way."},
	},
	market.NoticeRefundDenied: {
		text{"환불 요청이 거절되었습니다", "Your refund request was denied"},
		text{"아래 사유를 확인해 주세요.", "Please read the reason below."},
	},
	market.NoticeRefundFailed: {
		text{"환불 처리가 지연되고 있습니다", "Your refund is delayed"},
		text{"결제대행사에서 환불을 처리하지 못했습니다. 담당자가 확인하고 있으며 따로 하실 일은 없습니다.",
			"The payment provider could not pay the refund. Our staff is looking into it; you need not do anything."},
	},
	market.NoticeRefundPaid: {
		text{"환불이 완료되었습니다", "Your refund was paid"},
		text{"카드사에 따라 명세서에 반영되기까지 며칠이 걸릴 수 있습니다.",
			"It may take your bank a few days to show it on your statement."},
	},
	market.NoticeRestock: {
		text{"상품이 재입고되었습니다", "A product is back in stock"},
		text{"재입고 알림을 신청하신 상품을 다시 주문할 수 있습니다.",
			"You can order the product of your restock alert again."},
	},
	market.NoticeApplicationReceived: {
		text{"판매자 가입 신청이 접수되었습니다", "We received your application"},
		text{"검토한 뒤 결과를 알려 드립니다.", "We will review it and notify you of the decision."},
	},
	market.NoticeApplicationApproved: {
		text{"판매자 가입 신청이 승인되었습니다", "Your application is approved"},
		text{"판매자 센터에 로그인해 상품을 등록할 수 있습니다.", "You can log in to the seller centre and list your products."},
	},
	market.NoticeApplicationRejected: {
		text{"판매자 가입 신청이 반려되었습니다", "Your application was rejected"},
		text{"문의 사항은 고객센터로 알려 주세요.", "Please contact customer support if you have questions."},
	},
	market.NoticeNewOrder: {
		text{"새 주문이 들어왔습니다", "You have a new order"},
		text{"결제가 완료되었습니다. 상품을 준비해 발송해 주세요.", "It is paid. Please prepare and ship it."},
	},
	market.NoticeStockLow: {
		text{"재고가 부족합니다", "Your stock is low"},
		text{"판매가 중단되지 않도록 재고를 보충해 주세요.", "Restock the product before it sells out."},
	},
	market.NoticeSettlementReady: {
		text{"정산이 완료되었습니다", "Your settlement is ready"},
		text{"정산 내역을 확인해 주세요. 정산금은 정산 계좌로 지급됩니다.",
			"Please check the statement. The amount is paid to your payout account."},
	},
	market.NoticePayoutPaid: {
		text{"정산금이 지급되었습니다", "Your payout was paid"},
		text{"정산 계좌로 정산금을 보냈습니다.", "We have paid the amount to your payout account."},
	},
	market.NoticePayoutFailed: {
		text{"정산금을 지급하지 못했습니다", "Your payout failed"},
		text{"정산 계좌를 확인해 주세요. 담당자가 확인한 뒤 다시 지급합니다.",
			"Please check your payout account in your profile. Our staff will review the payout and retry it."},
	},
}

// sellerTexts are the notices to sellers of kinds that buyers get, too.
var sellerTexts = map[market.NotificationKind]notice{
	market.NoticeOrderCancelled: {
		text{"주문이 취소되었습니다", "An order was cancelled"},
		text{"구매자가 주문을 취소했습니다. 발송하지 마세요.", "The buyer has cancelled the order. Do not ship it."},
	},
	market.NoticeRefundRequested: {
		text{"환불 요청이 들어왔습니다", "A buyer requests a refund"},
		text{"담당자가 검토하고 있습니다. 결정될 때까지 해당 상품을 발송하지 마세요.",
			"Our staff is reviewing it. Do not ship these pieces until it is decided."},
	},
	market.NoticeRefundApproved: {
		text{"환불 요청이 승인되었습니다", "A refund was approved"},
		text{"환불 금액은 정산에 반영됩니다.", "Your settlement will include the refund."},
	},
	market.NoticeRefundDenied: {
		text{"환불 요청이 거절되었습니다", "A refund was denied"},
		text{"해당 상품은 평소대로 발송해 주세요.", "Handle the order as usual."},
	},
}
