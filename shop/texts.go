package shop

import "github.com/all-in-market/market/internal/pages"

// The texts of the shop's pages.
var (
	// Several pages.
	textRequestARefund = pages.Text{Ko: "환불 요청", En: "Request a refund"}
	textViewProducts   = pages.Text{Ko: "상품 보러 가기", En: "View products"}
	textPieces         = pages.Text{Ko: "%d개", En: "Qty %d"}
	textEdit           = pages.Text{Ko: "수정", En: "Edit"}

	// Address book.
	textAddresses      = pages.Text{Ko: "배송지 관리", En: "Address book"}
	textEditAddress    = pages.Text{Ko: "배송지 수정", En: "Edit address"}
	textDeleteAddress  = pages.Text{Ko: "배송지 삭제", En: "Delete address"}
	textAddAddress     = pages.Text{Ko: "배송지 추가", En: "Add address"}
	textDeliveryNote   = pages.Text{Ko: "배송 메모 (선택)", En: "Note for the courier (optional)"}
	textUseAsDefault   = pages.Text{Ko: "기본 배송지로 설정", En: "Use as default address"}
	textDefault        = pages.Text{Ko: "기본", En: "Default"}
	textBackToCheckout = pages.Text{Ko: "주문서로 돌아가기", En: "Back to checkout"}

	// Cart.
	textCart            = pages.Text{Ko: "장바구니", En: "Cart"}
	textNoLongerOnSale  = pages.Text{Ko: "판매 종료", En: "No longer on sale"}
	textYourCartIsEmpty = pages.Text{Ko: "장바구니가 비어 있습니다.", En: "Your cart is empty."}
	textUpdate          = pages.Text{Ko: "변경", En: "Update"}
	textOneLess         = pages.Text{Ko: "수량 1개 줄이기", En: "One less"}
	textOneMore         = pages.Text{Ko: "수량 1개 늘리기", En: "One more"}
	textEach            = pages.Text{Ko: "개당 %s", En: "%s each"}
	textOrderAmount     = pages.Text{Ko: "주문 금액", En: "Order amount"}
	textOrderSelected   = pages.Text{Ko: "선택 상품 주문하기 (%d)", En: "Check out (%d)"}
	textAmountTooLarge  = pages.Text{
		Ko: "주문 금액이 한도를 넘습니다. 상품을 나누어 주문해 주세요.",
		En: "The amount exceeds the limit of an order. Split the order.",
	}

	// Checkout.
	textCheckout    = pages.Text{Ko: "주문서", En: "Checkout"}
	textUnavailable = pages.Text{Ko: "일시적으로 사용할 수 없음", En: "temporarily unavailable"}
	textConsent     = pages.Text{
		Ko: "주문할 상품, 배송지와 결제 금액을 확인하였으며 결제에 동의합니다.",
		En: "I have checked the items, the address and the amount, and agree to pay.",
	}
	textPay        = pages.Text{Ko: "%s 결제하기", En: "Pay %s"}
	textBackToCart = pages.Text{Ko: "장바구니로 돌아가기", En: "Back to cart"}

	// Inbox.

	// Notices.
	textAccountCreatedConfirmEmail = pages.Text{
		Ko: "가입되었습니다. 메일로 보낸 코드로 이메일 주소를 확인해 주세요.",
		En: "Your account has been created. Confirm your email address with the code we sent you.",
	}
	textAccountCreated        = pages.Text{Ko: "가입되었습니다.", En: "Your account has been created."}
	textAddedToCart           = pages.Text{Ko: "장바구니에 담았습니다.", En: "Added to cart."}
	textGoToCart              = pages.Text{Ko: "장바구니로 이동", En: "View cart"}
	textRestockAlertCancelled = pages.Text{Ko: "재입고 알림을 취소했습니다.", En: "Restock alert cancelled."}
	textChooseItems           = pages.Text{Ko: "주문할 상품을 선택해 주세요.", En: "Choose the items to order."}
	textCheckItems            = pages.Text{
		Ko: "주문할 수 없는 상품이 있습니다. 아래에서 확인해 주세요.",
		En: "Some items cannot be ordered as they are. Check them below.",
	}
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
		Ko: "결제가 완료되지 않았습니다. 결제 수단을 선택해 다시 결제해 주세요.",
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
	textOrdered     = pages.Text{Ko: "주문", En: "Ordered"}
	textPaid        = pages.Text{Ko: "결제", En: "Paid"}
	textShipped     = pages.Text{Ko: "배송 중", En: "Shipped"}
	textDelivered   = pages.Text{Ko: "배송 완료", En: "Delivered"}
	textOrderNumber = pages.Text{Ko: "주문번호", En: "Order number"}
	textAndMore     = pages.Text{Ko: "%s 외 %d건", En: "%s and %d more"}
	textParcels     = pages.Text{Ko: "배송", En: "Parcels"}
	textTimeline    = pages.Text{Ko: "진행 내역", En: "Timeline"}
	textNotPaidYet  = pages.Text{Ko: "결제가 필요합니다", En: "Payment required"}
	textPayUntil    = pages.Text{Ko: "%s까지 결제하지 않으면 주문이 취소됩니다.", En: "Pay by %s, or the order is cancelled."}

	textDeclinedBecause   = pages.Text{Ko: "결제가 승인되지 않았습니다: %s", En: "The payment was not approved: %s"}
	textRefundRequestedAt = pages.Text{Ko: "환불 요청", En: "Refund requested"}

	textUnpaid           = pages.Text{Ko: "결제 대기", En: "Unpaid"}
	textConfirmPurchase  = pages.Text{Ko: "구매 확정", En: "Confirm purchase"}
	textConfirmExplained = pages.Text{
		Ko: "구매 확정 후에는 취소하거나 반품할 수 없습니다. 판매자에게 대금이 정산됩니다.",
		En: "You cannot return the item after that, and the seller is paid.",
	}
	textConfirmed               = pages.Text{Ko: "구매 확정 %d", En: "%d confirmed"}
	textConfirmBy               = pages.Text{Ko: "%s에 자동으로 구매 확정됩니다.", En: "Confirmed automatically on %s."}
	textPurchaseConfirmed       = pages.Text{Ko: "구매를 확정했습니다.", En: "Purchase confirmed."}
	textItemsRefunded           = pages.Text{Ko: "환불 %d", En: "%d refunded"}
	textPaymentMethod           = pages.Text{Ko: "결제 수단", En: "Payment method"}
	textCancelUnpaidConsequence = pages.Text{
		Ko: "주문을 취소하고 담아 둔 재고를 돌려놓습니다. 취소한 주문은 되돌릴 수 없습니다.",
		En: "Your order is cancelled and its items go back on sale. A cancelled order cannot be reopened.",
	}
	textCancelPaidConsequence = pages.Text{
		Ko: "주문한 상품이 모두 취소되고 결제 금액 전액을 결제 수단으로 환불합니다. 취소한 주문은 되돌릴 수 없습니다.",
		En: "All items are cancelled and the whole amount goes back to your payment method. A cancelled order cannot " +
			"be reopened.",
	}
	textDeleteAddressConsequence = pages.Text{
		Ko: "배송지 목록에서 삭제합니다. 이미 주문한 상품의 배송지는 바뀌지 않습니다.",
		En: "The address leaves your address book. Orders already placed keep it.",
	}
	textCancelOrder = pages.Text{Ko: "주문 취소", En: "Cancel order"}

	// Payment.
	textOpeningThePaymentWindow         = pages.Text{Ko: "결제 창을 여는 중입니다.", En: "Opening the payment window."}
	textPaymentMethodRequiresJavaScript = pages.Text{
		Ko: "이 결제 수단을 사용하려면 JavaScript를 켜 주세요.",
		En: "This payment method requires JavaScript.",
	}
	textBackToOrder = pages.Text{Ko: "주문으로 돌아가기", En: "Back to order"}

	// Products.
	textHome                = pages.Text{Ko: "오늘의 쇼핑", En: "Shop"}
	textBestProducts        = pages.Text{Ko: "인기 상품", En: "Best sellers"}
	textNewProducts         = pages.Text{Ko: "새로 나온 상품", En: "New arrivals"}
	textNoProductsYet       = pages.Text{Ko: "판매 중인 상품이 없습니다.", En: "No products yet."}
	textSearchProducts      = pages.Text{Ko: "상품 검색", En: "Search products"}
	textNoProductsFound     = pages.Text{Ko: "상품이 없습니다.", En: "No products found."}
	textNothingFoundFor     = pages.Text{Ko: "‘%s’ 검색 결과가 없습니다.", En: "No products found for “%s”."}
	textSearchAllCategories = pages.Text{Ko: "모든 카테고리에서 검색", En: "Search all categories"}
	textViewAllProducts     = pages.Text{Ko: "전체 상품 조회", En: "View all products"}
	textProductsFound       = pages.Text{Ko: "상품 %d개", En: "%d products"}
	textProductsOrMore      = pages.Text{Ko: "상품 %d개 이상", En: "More than %d products"}
	textPriceFrom           = pages.Text{Ko: "최저 가격", En: "Lowest price"}
	textPriceTo             = pages.Text{Ko: "최고 가격", En: "Highest price"}
	textSortBy              = pages.Text{Ko: "정렬", En: "Sort by"}
	textNewest              = pages.Text{Ko: "최신순", En: "Newest"}
	textLowestPrice         = pages.Text{Ko: "낮은 가격순", En: "Price: low to high"}
	textHighestPrice        = pages.Text{Ko: "높은 가격순", En: "Price: high to low"}
	textLogInToBuy          = pages.Text{Ko: "로그인하고 구매하기", En: "Log in to buy"}
	textAddToCart           = pages.Text{Ko: "장바구니에 담기", En: "Add to cart"}
	textBuyNow              = pages.Text{Ko: "바로 구매", En: "Buy now"}

	textNotifyMeWhenAvailable = pages.Text{Ko: "재입고 알림 받기", En: "Notify me when available"}
	textWillBeNotified        = pages.Text{
		Ko: "재입고 알림을 신청했습니다.",
		En: "You will be notified when it is back in stock.",
	}
	textCancelRestockAlert = pages.Text{Ko: "재입고 알림 취소", En: "Cancel restock alert"}

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
	textQuantityToReturn = pages.Text{Ko: "환불할 수량 (최대 %d개)", En: "Quantity to refund, up to %d"}
	textCommentsOptional = pages.Text{Ko: "상세 사유 (선택)", En: "Comments (optional)"}

	// Sign-up.
	textSignUp        = pages.Text{Ko: "가입하기", En: "Sign up"}
	textHaveAnAccount = pages.Text{Ko: "이미 계정이 있으신가요?", En: "Already have an account?"}
)
