package sellerweb

import "github.com/all-in-market/market/internal/pages"

// The texts of the seller centre's pages.
var (
	textDeliveredConsequence = pages.Text{
		Ko: "구매 확정 기한이 시작됩니다. 배송 완료는 되돌릴 수 없습니다.",
		En: "The buyer's time to return the item begins. This cannot be undone.",
	}
	textDeleteImageConsequence = pages.Text{
		Ko: "구매자에게 더 이상 보이지 않습니다. 삭제한 사진은 다시 올려야 합니다.",
		En: "Buyers no longer see the picture. To show it again, it has to be uploaded again.",
	}

	textSellerCentre = pages.Text{Ko: "판매자 센터", En: "Seller centre"}

	// Several pages.
	textViewProducts = pages.Text{Ko: "상품 조회", En: "View products"}
	textSales        = pages.Text{Ko: "매출", En: "Sales"}
	textRefunded     = pages.Text{Ko: "환불", En: "Refunded"}
	textOrderItem    = pages.Text{Ko: "상품주문번호", En: "Order item"}
	textPreview      = pages.Text{Ko: "미리 보기", En: "Preview"}
	textNoChange     = pages.Text{Ko: "변경 없음", En: "No change"}
	textFileIsEmpty  = pages.Text{Ko: "파일에 내용이 없습니다.", En: "The file is empty."}
	textLine         = pages.Text{Ko: "줄", En: "Line"}
	textContactName  = pages.Text{Ko: "담당자", En: "Name"}

	// Application.
	textApplyAsASeller          = pages.Text{Ko: "판매자 가입 신청", En: "Apply as a seller"}
	textApplicationReceived     = pages.Text{Ko: "가입 신청을 접수했습니다", En: "We have received your application"}
	textApplicationsAreReviewed = pages.Text{
		Ko: "신청 내용을 심사한 뒤 승인되면 판매를 시작할 수 있습니다.",
		En: "We review each application. You can sell once yours is approved.",
	}
	textPayoutAccountNumber      = pages.Text{Ko: "정산 계좌번호", En: "Payout account number"}
	textApply                    = pages.Text{Ko: "신청하기", En: "Apply"}
	textApplicationBeingReviewed = pages.Text{
		Ko: "신청 내용을 심사하고 있습니다. 승인되면 로그인하여 판매를 시작할 수 있습니다.",
		En: "Your application is being reviewed. Once it is approved, you can log in and sell.",
	}
	textConfirmEmailInMeantime = pages.Text{
		Ko: "그동안 메일로 보낸 코드로 이메일 주소를 확인해 주세요.",
		En: "In the meantime, confirm your email address with the code we sent you.",
	}

	// Dashboard.
	textQuantitySold     = pages.Text{Ko: "판매 수량", En: "Quantity sold"}
	textToDo             = pages.Text{Ko: "할 일", En: "To do"}
	textToday            = pages.Text{Ko: "오늘", En: "Today"}
	textShippingLate     = pages.Text{Ko: "발송 지연", En: "Late to ship"}
	textRefundsRequested = pages.Text{Ko: "환불 요청", En: "Refunds requested"}
	textLowStock         = pages.Text{Ko: "재고 부족", En: "Low stock"}
	textOrdersToShip     = pages.Text{Ko: "발송할 주문", En: "Orders to ship"}
	textSalesLast30Days  = pages.Text{Ko: "최근 30일 매출", En: "Sales, last 30 days"}
	textTopProducts      = pages.Text{Ko: "판매 상위 상품", En: "Top products"}
	textNoSalesYet       = pages.Text{
		Ko: "아직 집계된 판매가 없습니다. 매일 자정에 집계합니다.",
		En: "No sales yet. Sales are counted daily at midnight.",
	}
	textDashboard = pages.Text{Ko: "대시보드", En: "Dashboard"}

	// Notices.
	textMarkedAsShipped      = pages.Text{Ko: "발송 처리했습니다. 구매자에게 알립니다.", En: "Marked as shipped. The buyer is notified."}
	textProductSaved         = pages.Text{Ko: "상품을 저장했습니다.", En: "Product saved."}
	textProductImagesUpdated = pages.Text{Ko: "상품 이미지를 변경했습니다.", En: "Product images updated."}
	textProductsUpdated      = pages.Text{
		Ko: "상품 %d개를 변경했습니다. 변경하지 못한 상품 %d개.",
		En: "Products updated: %d, not updated: %d.",
	}
	textStockHasChanged = pages.Text{
		Ko: "상품 %d의 재고가 그 사이에 변경되어 아무것도 변경하지 않았습니다. 파일을 다시 올려 주세요.",
		En: "The stock of product %d has changed in the meantime. Nothing was changed. Upload the file again.",
	}

	// Orders.
	textNoOrdersFound     = pages.Text{Ko: "이 상태의 주문이 없습니다.", En: "No orders found."}
	textPaymentDisputed   = pages.Text{Ko: "결제 분쟁 중: 발송할 수 없습니다", En: "Payment disputed: do not ship"}
	textCarrier           = pages.Text{Ko: "택배사", En: "Carrier"}
	textTrackingNumber    = pages.Text{Ko: "송장번호", En: "Tracking number"}
	textSearchOrders      = pages.Text{Ko: "주문번호, 받는 분, 연락처, 상품명", En: "Order number, recipient, phone or product"}
	textNoOrdersMatch     = pages.Text{Ko: "'%s'에 맞는 주문이 없습니다.", En: "No orders match “%s”."}
	textOrder             = pages.Text{Ko: "주문 상세", En: "Order"}
	textOrderNumber       = pages.Text{Ko: "주문번호", En: "Order number"}
	textParcel            = pages.Text{Ko: "배송", En: "Parcel"}
	textShipPieces        = pages.Text{Ko: "발송하기", En: "Ship"}
	textOrderedPieces     = pages.Text{Ko: "주문 %d개", En: "%d ordered"}
	textOnTheWay          = pages.Text{Ko: "배송 중", En: "On the way"}
	textCancelledPieces   = pages.Text{Ko: "취소", En: "Cancelled"}
	textParcelCorrected   = pages.Text{Ko: "송장번호를 수정했습니다.", En: "Tracking number corrected."}
	textDeliveredBySeller = pages.Text{Ko: "판매자 확인", En: "Marked by the seller"}
	textDeliveredByBuyer  = pages.Text{Ko: "구매자 확인", En: "Confirmed by the buyer"}
	textDeliveredByStaff  = pages.Text{Ko: "운영자 확인", En: "Marked by our staff"}
	textDeliveredByTime   = pages.Text{Ko: "발송 14일 후 자동 처리", En: "Assumed 14 days after shipping"}
	textShipFilledIn      = pages.Text{Ko: "송장 입력한 주문 발송 처리", En: "Ship orders with a tracking number"}
	textRecipientMasked   = pages.Text{
		Ko: "배송이 끝난 지 30일이 지나 개인정보를 가렸습니다.",
		En: "Personal data is hidden 30 days after the order has ended.",
	}
	textPackingSlip     = pages.Text{Ko: "포장 명세서", En: "Packing slip"}
	textPrintThisPage   = pages.Text{Ko: "브라우저의 인쇄 기능으로 인쇄하세요.", En: "Print this page with your browser."}
	textDelivered       = pages.Text{Ko: "배송 완료", En: "Delivered"}
	textCancelItems     = pages.Text{Ko: "발송 전 상품 취소", En: "Cancel unshipped items"}
	textCancelExplained = pages.Text{
		Ko: "보낼 수 없는 상품이 있으면 취소해 주세요. 이 주문에서 아직 발송하지 않은 상품이 모두 취소됩니다.",
		En: "If you cannot deliver, cancel everything of this order that you have not shipped.",
	}
	textCancelConsequence = pages.Text{
		Ko: "구매자에게 바로 환불되며 되돌릴 수 없습니다. 수량은 다시 판매되므로 재고가 없으면 재고를 수정해 주세요.",
		En: "The buyer is refunded at once. The pieces are for sale again: correct the stock if you have none.",
	}
	textItemsCancelled    = pages.Text{Ko: "발송 전 상품을 취소했습니다.", En: "Unshipped items cancelled."}
	textConfirmed         = pages.Text{Ko: "구매 확정", En: "Confirmed"}
	textConfirmBy         = pages.Text{Ko: "자동 구매 확정일", En: "Confirmed automatically on"}
	textCorrectParcel     = pages.Text{Ko: "송장 수정", En: "Correct tracking number"}
	textMarkAsDelivered   = pages.Text{Ko: "배송 완료 처리", En: "Mark as delivered"}
	textMarkedAsDelivered = pages.Text{Ko: "배송 완료로 처리했습니다.", En: "Marked as delivered."}
	textLinesShipped      = pages.Text{Ko: "주문 %d건을 발송 처리했습니다.", En: "Orders marked as shipped: %d."}
	textImportShipments   = pages.Text{Ko: "송장 일괄 등록", En: "Import shipments"}
	textShipmentsFile     = pages.Text{
		Ko: "CSV 파일: 상품주문번호, 택배사, 송장번호",
		En: "CSV file: orderItemId, carrier, trackingNumber",
	}
	textDownloadOrdersToShip = pages.Text{Ko: "발송 대기 목록 내려받기", En: "Download orders to ship"}
	textMarkAsShipped        = pages.Text{Ko: "발송 처리", En: "Mark as shipped"}
	textBackToOrders         = pages.Text{Ko: "주문 목록으로", En: "Back to orders"}
	textShipped              = pages.Text{Ko: "발송 처리됨", En: "Shipped"}
	textResult               = pages.Text{Ko: "결과", En: "Result"}

	// Products.
	textNewProduct           = pages.Text{Ko: "새 상품", En: "New product"}
	textImportPricesAndStock = pages.Text{Ko: "가격·재고 일괄 변경", En: "Import prices and stock"}
	textNoProductsYet        = pages.Text{
		Ko: "등록된 상품이 없습니다. 첫 상품을 등록해 보세요.",
		En: "No products yet. Add your first product.",
	}
	textNoProductsFound    = pages.Text{Ko: "조건에 맞는 상품이 없습니다.", En: "No products match these filters."}
	textViewAllProducts    = pages.Text{Ko: "전체 상품 조회", En: "View all products"}
	textAllCategories      = pages.Text{Ko: "전체 카테고리", En: "All categories"}
	textSearchProducts     = pages.Text{Ko: "상품명, 상품 설명", En: "Name or description"}
	textSelect             = pages.Text{Ko: "선택", En: "Select"}
	textMoveEarlier        = pages.Text{Ko: "%d번째 이미지를 앞으로", En: "Move image %d forward"}
	textMoveLater          = pages.Text{Ko: "%d번째 이미지를 뒤로", En: "Move image %d back"}
	textBuyersSeeThis      = pages.Text{Ko: "구매자에게 이렇게 표시됩니다.", En: "Buyers see the product like this."}
	textBuyersDoNotSeeThis = pages.Text{
		Ko: "판매를 시작하면 이렇게 표시됩니다. 지금은 구매자에게 보이지 않습니다.",
		En: "Buyers will see the product like this once it is on sale.",
	}
	textEditProduct        = pages.Text{Ko: "상품 수정", En: "Edit product"}
	textProductCreated     = pages.Text{Ko: "상품을 등록했습니다. 아래에서 이미지를 추가해 주세요.", En: "Product created. Add images below."}
	textCopy               = pages.Text{Ko: "복사", En: "Copy"}
	textPreviewForBuyers   = pages.Text{Ko: "구매자 화면 미리 보기", En: "Preview as a buyer"}
	textChangeProducts     = pages.Text{Ko: "상품 일괄 변경", En: "Change products in bulk"}
	textAllProductsFound   = pages.Text{Ko: "조회된 상품 %d개 모두 선택", En: "Select all products found: %d"}
	textChange             = pages.Text{Ko: "변경할 내용", En: "Change"}
	textEditValue          = pages.Text{Ko: "금액, 비율 또는 수량", En: "Amount, percentage or quantity"}
	textRaisePrice         = pages.Text{Ko: "가격 인상 (%)", En: "Raise price (%)"}
	textLowerPrice         = pages.Text{Ko: "가격 인하 (%)", En: "Lower price (%)"}
	textSetPrice           = pages.Text{Ko: "가격 지정 (원)", En: "Set price (won)"}
	textSetStock           = pages.Text{Ko: "보유 재고 지정", En: "Set stock on hand"}
	textPutOnSale          = pages.Text{Ko: "판매 시작", En: "Put on sale"}
	textTakeOffSale        = pages.Text{Ko: "판매 중지", En: "Take off sale"}
	textMoveToCategory     = pages.Text{Ko: "카테고리 이동", En: "Move to category"}
	textAvailable          = pages.Text{Ko: "판매 가능", En: "Available"}
	textToShip             = pages.Text{Ko: "발송 대기", En: "To ship"}
	textPricesAndStockFile = pages.Text{
		Ko: "CSV 파일: 상품번호, 가격, 재고 (빈칸은 변경하지 않음)",
		En: "CSV file: productId, price, onHand (blank fields are unchanged)",
	}
	textDownloadTemplate      = pages.Text{Ko: "양식 내려받기", En: "Download template"}
	textCategory              = pages.Text{Ko: "카테고리", En: "Category"}
	textPriceWon              = pages.Text{Ko: "가격 (원)", En: "Price (won)"}
	textStockOnHand           = pages.Text{Ko: "보유 재고", En: "Stock on hand"}
	textBlockedByStaff        = pages.Text{Ko: "관리자가 판매를 차단했습니다: ", En: "Blocked by staff: "}
	textImages                = pages.Text{Ko: "이미지", En: "Images"}
	textCoverImage            = pages.Text{Ko: "대표 이미지", En: "Cover image"}
	textProductCreatedWithout = pages.Text{
		Ko: "상품을 저장했지만 추가하지 못한 사진이 있습니다. 사진의 형식과 크기를 확인해 아래에서 다시 올려 주세요.",
		En: "Product saved, but not all pictures were added. Check their format and size, and add them below.",
	}
	textDropImages   = pages.Text{Ko: "사진 (선택하거나 여기에 끌어다 놓기)", En: "Pictures (choose them or drop them here)"}
	textImageFormats = pages.Text{
		Ko: "이미지 여러 개를 한 번에 올릴 수 있습니다. JPEG, PNG, WebP 또는 GIF (각 20MB, 모두 50MB 이하)",
		En: "One or more images: JPEG, PNG, WebP or GIF, up to 20 MB each and 50 MB together",
	}
	textUseAsCoverImage      = pages.Text{Ko: "대표 이미지로 사용", En: "Use as cover image"}
	textAddImage             = pages.Text{Ko: "이미지 추가", En: "Add images"}
	textProblem              = pages.Text{Ko: "문제", En: "Problem"}
	textChangeAllOrNone      = pages.Text{Ko: "모두 변경 (하나라도 실패하면 전부 취소)", En: "Change all or none"}
	textChangeValidLinesOnly = pages.Text{Ko: "변경 가능한 상품만 변경", En: "Change valid lines only"}
	textBackToProducts       = pages.Text{Ko: "상품 목록으로", En: "Back to products"}

	// Profile.
	textYourProductsAreDeleted = pages.Text{Ko: "등록한 상품이 모두 삭제됩니다.", En: "All your products are deleted."}
	textYourDataIsDeleted      = pages.Text{
		Ko: "이름, 연락처, 이메일, 정산 계좌와 웹훅이 삭제됩니다.",
		En: "Your name, phone number, email address, payout account and webhooks are deleted.",
	}
	textSalesRecordsAreKept = pages.Text{
		Ko: "판매와 정산 기록은 상호, 사업자등록번호와 함께 보관됩니다.",
		En: "Sales and settlement records are kept with the store name and business registration number.",
	}
	textWhenAccountCanBeClosed = pages.Text{
		Ko: "배송, 환불, 정산이 모두 끝난 뒤에 탈퇴할 수 있습니다.",
		En: "The account can be closed once no delivery, refund or settlement is open.",
	}
	textNoRefundsYet       = pages.Text{Ko: "환불 내역이 없습니다.", En: "No refunds yet."}
	textStaffDecideRefunds = pages.Text{
		Ko: "환불은 마켓 담당자가 결정하며, 결과를 알림으로 알려 드립니다. 결정 전에는 해당 상품을 발송하지 마세요.",
		En: "The marketplace's staff decide about refunds, and you are notified. Do not ship items before the decision.",
	}
	textViewOrders                 = pages.Text{Ko: "주문 조회", En: "View orders"}
	textCommissionRefunded         = pages.Text{Ko: "환급 수수료", En: "Commission refunded"}
	textNewAccountAwaitingApproval = pages.Text{Ko: "새 계좌가 승인 대기 중입니다.", En: "A new account is awaiting approval."}
	textNewAccountRejected         = pages.Text{Ko: "새 계좌가 반려되었습니다: ", En: "The new account was rejected: "}
	textNewAccountNotApproved      = pages.Text{
		Ko: "새 계좌가 기한 안에 승인되지 않았습니다: ",
		En: "The new account was not approved in time: ",
	}
	textReasonPrefix               = pages.Text{Ko: "사유: ", En: "Reason: "}
	textPayoutsGoToPreviousAccount = pages.Text{
		Ko: "정산금은 기존 계좌로 지급됩니다. 아래에서 다시 요청할 수 있습니다.",
		En: "Payouts go to the account above. You can request the change again below.",
	}
	textPayoutsOnHold      = pages.Text{Ko: "지급 보류 중", En: "Payouts on hold"}
	textPayoutsOnHoldUntil = pages.Text{
		Ko: "계좌 변경으로 지급 보류: ",
		En: "Payouts on hold after an account change until ",
	}
	textStoreAndContact     = pages.Text{Ko: "판매자 정보", En: "Store and contact"}
	textChangePayoutAccount = pages.Text{Ko: "정산 계좌 변경", En: "Change payout account"}

	// Settlements.
	textSettlementPayable = pages.Text{Ko: "정산 대상", En: "Payable"}
	textBroughtForward    = pages.Text{Ko: "전기 이월", En: "Brought forward"}
	textAdjustments       = pages.Text{Ko: "조정", En: "Adjustments"}
	textOrdersAsCSV       = pages.Text{Ko: "주문 내역 CSV", En: "Orders as CSV"}
	textDaysAsCSV         = pages.Text{Ko: "일별 내역 CSV", En: "Days as CSV"}
	textPrintStatement    = pages.Text{Ko: "정산서 인쇄", En: "Print statement"}
	textDailyBreakdown    = pages.Text{Ko: "일별 내역", En: "Daily breakdown"}
	textNothingToSettle   = pages.Text{Ko: "이 기간에는 정산할 내역이 없습니다.", En: "Nothing to settle in this period."}
	textSettlementPrefix  = pages.Text{Ko: "정산 ", En: "Settlement "}

	// Statistics.
	textStatistics          = pages.Text{Ko: "통계", En: "Statistics"}
	textTransactions        = pages.Text{Ko: "거래 내역", En: "Transactions"}
	textNoSalesInThisPeriod = pages.Text{
		Ko: "이 기간에는 집계된 판매가 없습니다. 매일 자정에 집계합니다.",
		En: "No sales in this period. Sales are counted daily at midnight.",
	}
	textViewToday = pages.Text{Ko: "오늘 현황 조회", En: "View today"}
	textNetSales  = pages.Text{Ko: "순매출", En: "Net sales"}

	// Transactions.
	textNoTransactionsYet = pages.Text{
		Ko: "거래 내역이 없습니다. 첫 주문이 결제되면 여기에 표시됩니다.",
		En: "No transactions yet. Your first paid order appears here.",
	}
	textType               = pages.Text{Ko: "종류", En: "Type"}
	textDeducted           = pages.Text{Ko: "차감", En: "Deducted"}
	textTransactionPayable = pages.Text{Ko: "정산 예정", En: "Payable"}

	// Webhooks.
	textWebhooks      = pages.Text{Ko: "웹훅", En: "Webhooks"}
	textWebhook       = pages.Text{Ko: "웹훅 상세", En: "Webhook"}
	textNoWebhooksYet = pages.Text{Ko: "등록한 웹훅이 없습니다", En: "No webhooks yet"}
	textWebhooksHint  = pages.Text{
		Ko: "주문, 환불, 정산 소식을 운영 중인 시스템으로 바로 보냅니다. 메시지는 Standard Webhooks 규격으로 서명됩니다.",
		En: "Your systems receive news of orders, refunds and payouts at once. Messages are signed as Standard Webhooks " +
			"describes.",
	}
	textWebhookAddress    = pages.Text{Ko: "수신 주소 (URL)", En: "Address (URL)"}
	textWebhookEvents     = pages.Text{Ko: "받을 이벤트", En: "Events"}
	textWebhookEvent      = pages.Text{Ko: "이벤트", En: "Event"}
	textWebhookContent    = pages.Text{Ko: "내용", En: "Content"}
	textMessagesPerSecond = pages.Text{Ko: "초당 최대 전송 건수", En: "Messages per second, at most"}
	textAddWebhook        = pages.Text{Ko: "웹훅 등록", En: "Add webhook"}
	textEditWebhook       = pages.Text{Ko: "웹훅 수정", En: "Edit webhook"}
	textWebhookActive     = pages.Text{Ko: "사용 중", En: "Active"}
	textWebhookPaused     = pages.Text{Ko: "일시 중지", En: "Paused"}
	textPauseWebhook      = pages.Text{Ko: "전송 중지", En: "Pause"}
	textResumeWebhook     = pages.Text{Ko: "전송 재개", En: "Resume"}
	textWebhookSecret     = pages.Text{Ko: "서명 키", En: "Signing secret"}
	textKeepSecret        = pages.Text{
		Ko: "서명 키는 지금만 표시됩니다. 안전한 곳에 보관해 주세요.",
		En: "The secret is shown only now. Keep it in a safe place.",
	}
	textRotateSecret            = pages.Text{Ko: "서명 키 재발급", En: "Rotate secret"}
	textRotateSecretConsequence = pages.Text{
		Ko: "새 서명 키를 발급합니다. 기존 키로도 하루 동안 함께 서명하므로 그 안에 교체해 주세요.",
		En: "A new secret is issued. The current one signs messages as well for a day: replace it by then.",
	}
	textDeleteWebhookConsequence = pages.Text{
		Ko: "이 주소로 더 이상 보내지 않습니다. 기다리던 메시지도 보내지 않습니다.",
		En: "Nothing is sent to this address any more, not even the messages that wait.",
	}
	textMessages       = pages.Text{Ko: "메시지", En: "Messages"}
	textNoMessages     = pages.Text{Ko: "메시지가 없습니다.", En: "No messages."}
	textAttempts       = pages.Text{Ko: "시도 %d회", En: "attempts: %d"}
	textSendAgain      = pages.Text{Ko: "다시 보내기", En: "Send again"}
	textBackToWebhook  = pages.Text{Ko: "웹훅으로 이동", En: "Go to the webhook"}
	textBackToWebhooks = pages.Text{Ko: "웹훅 목록으로", En: "Back to webhooks"}
	textWebhookSaved   = pages.Text{Ko: "웹훅을 저장했습니다.", En: "Webhook saved."}
	textWebhookDeleted = pages.Text{Ko: "웹훅을 삭제했습니다.", En: "Webhook deleted."}
	textMessageQueued  = pages.Text{Ko: "메시지를 다시 보냅니다.", En: "The message is sent again."}
)

// cancelReasons are the usual reasons why a seller cannot deliver.
var cancelReasons = []pages.Text{
	{Ko: "재고가 없습니다.", En: "Out of stock."},
	{Ko: "상품에 하자가 있습니다.", En: "The item is defective."},
	{Ko: "배송할 수 없는 지역입니다.", En: "We cannot deliver to this address."},
}
