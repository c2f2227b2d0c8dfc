package shop

import "github.com/all-in-market/market/internal/pages"

// The texts of the shop's pages.
var (
	// Several pages.
	textSoldOut        = pages.Text{Ko: "품절", En: "Sold out"}
	textRequestARefund = pages.Text{Ko: "환불 요청", En: "Request a refund"}
	textViewProducts   = pages.Text{Ko: "상품 보러 가기", En: "View products"}

	// Cart.
	textCart                   = pages.Text{Ko: "장바구니", En: "Cart"}
	textQuantityLeft           = pages.Text{Ko: "남은 수량 %d개", En: "%d left"}
	textNoLongerOnSale         = pages.Text{Ko: "판매 종료", En: "No longer on sale"}
	textYourCartIsEmpty        = pages.Text{Ko: "장바구니가 비어 있습니다.", En: "Your cart is empty."}
	textQuantity0ToRemove      = pages.Text{Ko: "수량 (0이면 삭제)", En: "Quantity (0 to remove)"}
	textUpdate                 = pages.Text{Ko: "변경", En: "Update"}
	textMarkedItemsNotIncluded = pages.Text{
		Ko: "표시된 상품은 주문에 포함되지 않습니다. 수량을 변경하거나 삭제해 주세요.",
		En: "Marked items are not included in the order. Change the quantity or remove them.",
	}
	textPlaceOrder  = pages.Text{Ko: "주문하기", En: "Place order"}
	textAddAddress  = pages.Text{Ko: "배송지 추가", En: "Add address"}
	textRecipient   = pages.Text{Ko: "받는 분", En: "Recipient"}
	textSaveAddress = pages.Text{Ko: "배송지 저장", En: "Save address"}

	// Inbox.

	// Notices.
	textAccountCreatedConfirmEmail = pages.Text{
		Ko: "가입되었습니다. 메일로 보낸 코드로 이메일 주소를 확인하고 로그인해 주세요.",
		En: "Your account has been created. Confirm your email address with the code we sent you, then log in.",
	}
	textAccountCreated = pages.Text{
		Ko: "가입되었습니다. 로그인해 주세요.",
		En: "Your account has been created. Log in to continue.",
	}
	textAddedToCart       = pages.Text{Ko: "장바구니에 담았습니다.", En: "Added to cart."}
	textRestockAlertSaved = pages.Text{
		Ko: "재입고되면 알림함으로 알려 드립니다.",
		En: "We will notify you when it is back in stock.",
	}
	textPaymentCompleted   = pages.Text{Ko: "결제가 완료되었습니다.", En: "Payment completed."}
	textPaymentNotApproved = pages.Text{
		Ko: "결제가 승인되지 않았습니다. 다시 시도하거나 다른 결제 수단을 선택해 주세요.",
		En: "The payment was not approved. Try again or choose another payment method.",
	}
	textPaymentBeingProcessed = pages.Text{
		Ko: "결제가 진행 중입니다. 결과는 아래에 표시됩니다.",
		En: "Your payment is being processed. The result appears below.",
	}
	textOrderNotPaidYet = pages.Text{
		Ko: "결제가 완료되지 않았습니다. 결제 수단을 선택해 다시 결제할 수 있습니다.",
		En: "The order is not paid yet. Choose a payment method to try again.",
	}
	textOrderCancelled      = pages.Text{Ko: "주문을 취소했습니다.", En: "Order cancelled."}
	textOrderBeingCancelled = pages.Text{
		Ko: "주문을 취소합니다. 결제한 금액은 곧 환불됩니다.",
		En: "The order is being cancelled. Your payment will be refunded shortly.",
	}
	textRefundRequested = pages.Text{
		Ko: "환불을 요청했습니다. 결과는 알림함으로 알려 드립니다.",
		En: "Refund requested. We will notify you of the decision.",
	}

	// Orders.
	textOrdered       = pages.Text{Ko: "주문", En: "Ordered"}
	textPaid          = pages.Text{Ko: "결제", En: "Paid"}
	textShipped       = pages.Text{Ko: "배송 중", En: "Shipped"}
	textDelivered     = pages.Text{Ko: "배송 완료", En: "Delivered"}
	textUnpaid        = pages.Text{Ko: "결제 대기", En: "Unpaid"}
	textItemsRefunded = pages.Text{Ko: "환불 %d", En: "%d refunded"}
	textPaymentMethod = pages.Text{Ko: "결제 수단", En: "Payment method"}
	textCancelOrder   = pages.Text{Ko: "주문 취소", En: "Cancel order"}

	// Payment.
	textOpeningThePaymentWindow         = pages.Text{Ko: "결제 창을 여는 중입니다.", En: "Opening the payment window."}
	textPaymentMethodRequiresJavaScript = pages.Text{
		Ko: "이 결제 수단을 사용하려면 JavaScript를 켜 주세요.",
		En: "This payment method requires JavaScript.",
	}
	textBackToOrder = pages.Text{Ko: "주문으로 돌아가기", En: "Back to order"}

	// Products.
	textSearchProducts        = pages.Text{Ko: "상품 검색", En: "Search products"}
	textNoProductsFound       = pages.Text{Ko: "검색 결과가 없습니다.", En: "No products found."}
	textViewAllProducts       = pages.Text{Ko: "전체 상품 보기", En: "View all products"}
	textLeft                  = pages.Text{Ko: "%d개 남음", En: "%d left"}
	textLogInToBuy            = pages.Text{Ko: "로그인하고 구매하기", En: "Log in to buy"}
	textAddToCart             = pages.Text{Ko: "장바구니에 담기", En: "Add to cart"}
	textNotifyMeWhenAvailable = pages.Text{Ko: "재입고 알림 받기", En: "Notify me when available"}

	// Profile.
	textYourDataIsDeleted = pages.Text{
		Ko: "이름, 전화번호, 이메일과 배송지가 삭제됩니다.",
		En: "Your name, phone number, email address and delivery addresses are deleted.",
	}
	textCartAndAlertsAreDeleted = pages.Text{
		Ko: "장바구니와 재입고 알림 신청이 삭제됩니다.",
		En: "Your cart and your restock alerts are deleted.",
	}
	textOrderRecordsAreKept = pages.Text{
		Ko: "주문과 결제 기록은 개인정보 없이 보관되며, 더 이상 조회할 수 없습니다.",
		En: "Order and payment records are kept without your personal data. You can no longer view them.",
	}
	textWhenAccountCanBeClosed = pages.Text{
		Ko: "진행 중인 주문이나 환불이 끝난 뒤에 탈퇴할 수 있습니다.",
		En: "The account can be closed once no order or refund is open.",
	}
	textNameAndPhone = pages.Text{Ko: "이름과 전화번호", En: "Name and phone"}

	// Refunds.
	textCommentsOptional = pages.Text{Ko: "상세 사유 (선택)", En: "Comments (optional)"}

	// Sign-up.
	textSignUp = pages.Text{Ko: "가입하기", En: "Sign up"}
)
