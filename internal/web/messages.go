package web

import (
	"fmt"
	"net/http"

	"github.com/all-in-market/market/internal/market"
)

// text is a message in the two supported languages.
type text struct{ ko, en string }

func (t text) in(lang string) string {
	if lang == "en" {
		return t.en
	}
	return t.ko
}

// bounded returns a message with the limits that it names.
func bounded(ko, en string, limits ...any) text {
	return text{fmt.Sprintf(ko, limits...), fmt.Sprintf(en, limits...)}
}

// Success is a kind of success: its HTTP status and message.
type Success struct {
	Status int
	code   string
	text
}

// The kinds of success of the contract. Accepted is an addition.
var (
	RegisterSuccess = Success{http.StatusCreated, "REGISTER_SUCCESS", text{"회원가입에 성공하였습니다.", "Signed up."}}
	LoginSuccess    = Success{http.StatusOK, "LOGIN_SUCCESS", text{"로그인에 성공하였습니다.", "Logged in."}}
	LogoutSuccess   = Success{http.StatusOK, "LOGOUT_SUCCESS", text{"로그아웃에 성공하였습니다.", "Logged out."}}
	TokenRefreshed  = Success{http.StatusOK, "TOKEN_REFRESHED", text{"액세스 토큰이 재발급되었습니다", "The access token was reissued."}}
	CreateSuccess   = Success{http.StatusCreated, "CREATE_SUCCESS", text{"데이터 생성에 성공하였습니다.", "Created."}}
	ReadSuccess     = Success{http.StatusOK, "READ_SUCCESS", text{"데이터 조회에 성공하였습니다.", "Read."}}
	UpdateSuccess   = Success{http.StatusOK, "UPDATE_SUCCESS", text{"데이터 수정에 성공하였습니다.", "Updated."}}
	DeleteSuccess   = Success{http.StatusOK, "DELETE_SUCCESS", text{"데이터 삭제에 성공하였습니다.", "Deleted."}}
	Accepted        = Success{http.StatusAccepted, "ACCEPTED", text{"요청이 접수되어 처리 중입니다. 잠시 후 결과를 조회해 주세요.", "Accepted and in progress. Check the result in a moment."}}
)

type failure struct {
	status int
	text
}

// failures maps every code to its HTTP status and texts. A test fails for a missing code.
var failures = map[market.Code]failure{
	market.CodeInvalidInput:        {400, text{"잘못된 입력값입니다.", "The input is invalid."}},
	market.CodeAmountOutOfRange:    {400, text{"금액이 허용 범위를 초과합니다. 수량을 줄여 주세요.", "The amount is too large. Reduce the quantity."}},
	market.CodeUnauthorized:        {401, text{"인증이 필요합니다.", "Authentication is required."}},
	market.CodeForbidden:           {403, text{"접근 권한이 없습니다.", "Access denied."}},
	market.CodeNotFound:            {404, text{"리소스를 찾을 수 없습니다.", "The resource was not found."}},
	market.CodeMethodNotAllowed:    {405, text{"지원하지 않는 메서드입니다. Allow 헤더를 확인해 주세요.", "The method is not allowed. See the Allow header."}},
	market.CodePayloadTooLarge:     {413, text{"요청 본문이 너무 큽니다.", "The request body is too large."}},
	market.CodeRangeNotSatisfiable: {416, text{"요청한 범위(Range)가 파일 크기를 벗어납니다.", "The file has no such range. See the Content-Range header for its size."}},
	market.CodeDataConflict:        {409, text{"요청이 현재 데이터 상태와 충돌합니다.", "The request conflicts with the current state."}},
	market.CodeInternalServerError: {500, text{"서버 내부 오류가 발생했습니다.", "An internal error occurred."}},

	market.CodeRedisUnavailable:    {503, text{"Redis 서버에 연결할 수 없습니다.", "Redis cannot be reached. Try again in a moment."}},
	market.CodeDatabaseUnavailable: {503, text{"데이터베이스에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The database cannot be reached. Try again in a moment."}},
	market.CodeWorkflowUnavailable: {503, text{"주문 처리 시스템에 연결할 수 없습니다. 같은 요청을 잠시 후 다시 시도해 주세요.", "Order processing cannot be reached. Send the same request again in a moment."}},
	market.CodeServiceOverloaded:   {503, text{"요청이 많아 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.", "Too many requests at once. Try again in a moment."}},
	market.CodeRequestTimeout:      {503, text{"처리가 지연되고 있습니다. 같은 요청을 잠시 후 다시 시도해 주세요.", "Processing takes longer than usual. Send the same request again in a moment."}},

	market.CodeIdempotencyKeyInvalid: {400, text{"Idempotency-Key는 1~255자의 영문, 숫자, '-', '_', '.', ':'만 사용할 수 있습니다.", "Idempotency-Key must be 1 to 255 of letters, digits, '-', '_', '.', ':'."}},
	market.CodeIdempotencyKeyReused:  {422, text{"같은 Idempotency-Key가 다른 요청에 사용되었습니다. 새 키를 사용해 주세요.", "This Idempotency-Key was used with another request. Use a new key."}},

	market.CodeLoginFailed:               {401, text{"사용자 정보가 일치하지 않습니다.", "Email address or password is wrong."}},
	market.CodeBuyerLocked:               {401, text{"이용이 제한된 계정입니다. 고객센터에 문의해 주세요.", "Your account is locked. Contact the marketplace."}},
	market.CodeSellerPending:             {401, text{"가입 신청을 심사하고 있습니다. 승인되면 로그인할 수 있습니다.", "Your application is being reviewed. You can log in once it is approved."}},
	market.CodeSellerRejected:            {401, text{"가입 신청이 반려되었습니다. 고객센터에 문의해 주세요.", "Your application was rejected. Contact the marketplace if you have questions."}},
	market.CodeSellerSuspended:           {401, text{"판매자 계정이 정지되었습니다. 고객센터에 문의해 주세요.", "Your seller account is suspended. Contact the marketplace."}},
	market.CodeBankCodeInvalid:           {400, text{"은행 코드가 올바르지 않습니다.", "The bank code is not valid."}},
	market.CodeLoginRateLimited:          {429, text{"로그인 시도 횟수를 초과했습니다. 잠시 후 다시 시도해 주세요.", "Too many failed logins. Try again in a few minutes."}},
	market.CodeSignupRateLimited:         {429, text{"회원가입 요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.", "Too many signups from this network. Try again later."}},
	market.CodeMailRateLimited:           {429, text{"메일 발송 횟수를 초과했습니다. 잠시 후 다시 시도해 주세요.", "Too many emails were requested. Try again later."}},
	market.CodePasswordRateLimited:       {429, text{"현재 비밀번호를 여러 번 잘못 입력했습니다. 잠시 후 다시 시도해 주세요.", "The current password was wrong too often. Try again later."}},
	market.CodeOTPRateLimited:            {429, text{"일회용 비밀번호를 여러 번 잘못 입력했습니다. 잠시 후 다시 시도해 주세요.", "The one-time password was wrong too often. Try again later."}},
	market.CodeCurrentPasswordWrong:      {400, text{"현재 비밀번호를 정확히 입력해 주세요.", "currentPassword is required for this change and must be correct."}},
	market.CodeOTPRequired:               {401, text{"일회용 비밀번호가 필요합니다.", "A one-time password (otp) is required."}},
	market.CodeOTPWrong:                  {400, text{"일회용 비밀번호가 일치하지 않습니다. 다음 번호를 입력해 주세요.", "The one-time password is wrong or was used before. Enter the next one."}},
	market.CodeMailUnavailable:           {503, text{"메일을 보낼 수 없습니다. 관리자에게 문의해 주세요.", "Email cannot be sent. Contact an administrator."}},
	market.CodeTokenExpired:              {401, text{"만료된 토큰입니다.", "The token has expired."}},
	market.CodeTokenInvalid:              {401, text{"유효하지 않은 토큰입니다.", "The token is invalid."}},
	market.CodeEmailAlreadyExists:        {400, text{"이미 사용 중인 이메일입니다.", "The email address is in use."}},
	market.CodeConsentRequired:           {400, text{"이용약관과 개인정보 처리방침에 동의해 주세요.", "Agree to the terms of service and to the privacy policy."}},
	market.CodeConsentOutdated:           {409, text{"약관이 변경되었습니다. 새 약관을 확인한 뒤 다시 동의해 주세요.", "The terms of service or the privacy policy have changed. Read and accept the new ones."}},
	market.CodeBuyerNotFound:             {404, text{"존재하지 않는 사용자입니다.", "The user does not exist."}},
	market.CodeBuyerAlreadyDeleted:       {400, text{"이미 탈퇴한 사용자입니다.", "The account is already closed."}},
	market.CodeSellerNotFound:            {404, text{"존재하지 않는 판매자입니다.", "The seller does not exist."}},
	market.CodeSellerAlreadyDeleted:      {400, text{"이미 탈퇴한 판매자입니다.", "The seller account is already closed."}},
	market.CodeAdminNotFound:             {404, text{"존재하지 않는 관리자입니다.", "The admin does not exist."}},
	market.CodeAdminAlreadyDeleted:       {400, text{"이미 탈퇴한 관리자입니다.", "The admin account is already closed."}},
	market.CodeLastOwner:                 {409, text{"마지막 소유자 계정은 중지하거나 다른 역할로 바꿀 수 없습니다.", "The last owner can neither be disabled nor get another role."}},
	market.CodeSecondFactorRequired:      {403, text{"먼저 2단계 인증을 설정해 주세요.", "Set up a second factor first."}},
	market.CodeSecondFactorStale:         {403, text{"일회용 비밀번호를 다시 입력해 주세요.", "Enter a one-time password again to do this."}},
	market.CodeAddressNotFound:           {404, text{"존재하지 않는 주소입니다.", "The address does not exist."}},
	market.CodeProposalNotFound:          {404, text{"존재하지 않는 변경 제안입니다.", "The proposal does not exist."}},
	market.CodeProposalNotPending:        {409, text{"이미 처리되었거나 만료된 변경 제안입니다.", "The proposal has been decided, withdrawn or has expired."}},
	market.CodeProposalNotPermitted:      {409, text{"제안한 사람의 권한이 바뀌어 승인할 수 없습니다. 반려해 주세요.", "The proposer no longer has the permission for this change, so it cannot be approved. Reject it."}},
	market.CodeProposalNeedsAnotherAdmin: {409, text{"제안한 사람이 아닌 다른 담당자가 결정해야 합니다.", "A second person has to decide this proposal."}},

	market.CodeCategoryNotFound:           {404, text{"존재하지 않는 카테고리입니다.", "The category does not exist."}},
	market.CodeCategoryInUse:              {409, text{"상품이 있는 카테고리는 삭제할 수 없습니다.", "A category that has products cannot be deleted."}},
	market.CodeProductNotFound:            {404, text{"존재하지 않는 상품입니다.", "The product does not exist."}},
	market.CodePriceChanged:               {409, text{"주문 금액이 변경되었습니다.", "The total of the order has changed."}},
	market.CodeProductOutOfStock:          {409, text{"해당 상품의 재고가 부족합니다.", "Not enough of the product is in stock."}},
	market.CodeImageTypeUnsupported:       {415, text{"지원하지 않는 이미지 형식입니다. JPEG, PNG, GIF, WebP만 업로드할 수 있습니다.", "The image type is not supported. Use JPEG, PNG, GIF or WebP."}},
	market.CodeImageInvalid:               {400, text{"이미지를 읽을 수 없습니다.", "The image cannot be read."}},
	market.CodeUploadRateLimited:          {429, text{"이미지를 너무 많이 올렸습니다. 잠시 후 다시 시도해 주세요.", "Too many image uploads. Try again in a moment."}},
	market.CodeImageStoreUnavailable:      {503, text{"이미지 저장소에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The image store cannot be reached. Try again in a moment."}},
	market.CodeCartNotFound:               {404, text{"장바구니가 존재하지 않습니다.", "The cart does not exist."}},
	market.CodeCartItemsNotFound:          {404, text{"장바구니에 해당 상품이 존재하지 않습니다.", "The product is not in the cart."}},
	market.CodeInvalidOrderCartItems:      {404, text{"요청한 장바구니 상품이 유효하지 않습니다.", "The cart items are not valid."}},
	market.CodeInvalidOrderProduct:        {404, text{"주문 대상 상품이 유효하지 않습니다.", "A product of the order is not valid."}},
	market.CodeOrderNotFound:              {404, text{"존재하지 않는 주문입니다.", "The order does not exist."}},
	market.CodeOrderNotPayable:            {400, text{"해당 주문 상태에서는 결제가 불가능합니다.", "The order cannot be paid in its current status."}},
	market.CodeTooManyUnpaidOrders:        {409, text{"결제하지 않은 주문이 너무 많습니다. 기존 주문을 결제하거나 취소한 뒤 다시 주문해 주세요.", "You have too many unpaid orders. Pay for or cancel one, then order again."}},
	market.CodeTooManyUnpaidPieces:        {409, text{"결제하지 않은 주문의 수량이 너무 많습니다. 기존 주문을 결제하거나 취소하거나, 수량을 줄여 다시 주문해 주세요. 이메일을 인증하면 한도가 늘어납니다.", "The quantity in your unpaid orders is too large. Pay for or cancel one, or reduce the quantity. A verified email address raises the limit."}},
	market.CodeOrderSaleStopped:           {409, text{"판매가 중지된 상품이 있어 결제할 수 없습니다. 주문을 취소해 주세요.", "The order has a product that is no longer for sale, so it cannot be paid. Cancel it."}},
	market.CodeOrderNotRefundable:         {409, text{"해당 주문은 환불할 수 없는 상태입니다.", "The order cannot be refunded in its current status."}},
	market.CodeOrderDisputed:              {409, text{"결제대행사에서 결제가 취소되어 확인 중인 주문입니다.", "The payment of the order was cancelled at the provider or charged back. It is awaiting a decision by our staff."}},
	market.CodeOrderNotCancellable:        {409, text{"이미 발송되었거나 종료된 주문은 취소할 수 없습니다. 수령 후 환불을 요청해 주세요.", "The order has been shipped or has ended. Request a refund after delivery."}},
	market.CodeOrderStatusImmutable:       {400, text{"환불되었거나 실패한 주문의 상태는 변경할 수 없습니다.", "The status of a refunded or failed order cannot be changed."}},
	market.CodeOrderStatusCannotBeChanged: {400, text{"변경할 수 없는 주문 상태입니다.", "The order cannot change to this status."}},
	market.CodeOrderItemNotFound:          {404, text{"존재하지 않는 주문 상품입니다.", "The order item does not exist."}},
	market.CodeOrderItemNotShippable:      {409, text{"발송할 수 없는 상태의 주문 상품입니다.", "The order item cannot be shipped or delivered in its current status."}},
	market.CodeOrderItemNotConfirmable:    {409, text{"구매 확정할 수 없는 주문 상품입니다. 발송된 상품 중 환불을 요청하지 않은 수량만 확정할 수 있습니다.", "The order item cannot be confirmed. Only pieces that were shipped and have no refund can be confirmed."}},
	market.CodeOrderItemConfirmed:         {409, text{"구매 확정된 상품은 환불을 요청할 수 없습니다. 고객센터에 문의해 주세요.", "The order item was confirmed, so it can no longer be refunded. Please contact our support."}},
	market.CodeOrderItemUnderRefund:       {409, text{"환불 심사 중인 상품은 발송할 수 없습니다.", "The order item has a pending refund and cannot be shipped."}},
	market.CodeShipmentTooLarge:           {409, text{"발송할 수 있는 수량보다 많습니다. 남은 수량을 확인한 뒤 다시 시도해 주세요.", "Fewer pieces of the order item are left to ship. Check the quantities, then try again."}},
	market.CodeParcelNotFound:             {404, text{"존재하지 않는 배송입니다.", "The parcel does not exist."}},
	market.CodeParcelDelivered:            {409, text{"배송이 완료되어 송장번호를 수정할 수 없습니다.", "The parcel was delivered, so its tracking number can no longer be corrected."}},
	market.CodeParcelExists:               {409, text{"같은 송장번호의 배송이 이미 있습니다. 송장번호를 확인해 주세요.", "Another parcel of the order has this tracking number. Check the number."}},

	market.CodeRestockSubscriptionNotFound: {404, text{"재입고 알림 신청 내역이 존재하지 않습니다.", "The restock subscription does not exist."}},
	market.CodeNotificationNotFound:        {404, text{"알림이 존재하지 않습니다", "The notification does not exist."}},
	market.CodeWebhookEndpointNotFound:     {404, text{"웹훅 주소가 존재하지 않습니다", "The webhook endpoint does not exist."}},
	market.CodeWebhookMessageNotFound:      {404, text{"웹훅 메시지가 존재하지 않습니다", "The webhook message does not exist."}},

	market.CodeOrderExpired:      {400, text{"결제 시간이 만료된 주문입니다.", "The order has expired."}},
	market.CodeRedisLockConflict: {409, text{"현재 요청이 처리 중입니다. 잠시 후 다시 시도해주세요.", "The product is in high demand. Try again in a moment."}},

	market.CodeStatisticsNotFound: {404, text{"존재하지 않는 통계 데이터입니다.", "There are no statistics for this day. They are available once the day is closed."}},
	market.CodeSettlementNotFound: {404, text{"정산이 완료된 내역이 없습니다.", "The settlement does not exist."}},
	market.CodePayoutNotFound:     {404, text{"정산 지급 내역이 없습니다.", "The payout does not exist."}},

	market.CodePaymentNotFound:          {404, text{"결제 내역이 없습니다.", "The payment does not exist."}},
	market.CodePaymentMethodUnavailable: {503, text{"지금은 이 결제 수단을 사용할 수 없습니다. 다른 결제 수단을 선택해 주세요.", "This payment method is unavailable. Choose another one."}},
	market.CodePaymentAlreadyExists:     {409, text{"이미 결제된 주문입니다.", "The order has been paid already."}},
	market.CodePaymentAmountNotWhole:    {400, text{"원 단위가 아닌 금액은 이 결제 수단으로 결제할 수 없습니다.", "An amount that is not whole won cannot be paid by this method."}},
	market.CodeWebhookSignatureInvalid:  {401, text{"웹훅 서명이 유효하지 않습니다.", "The webhook's signature is not valid."}},

	market.CodePaymentNotCompleted:    {400, text{"결제가 완료되지 않았습니다.", "The payment was not completed."}},
	market.CodePaymentAmountMismatch:  {400, text{"결제 금액이 주문 금액과 일치하지 않습니다.", "The amount charged differs from the order total. The payment will be refunded."}},
	market.CodePaymentMismatch:        {400, text{"결제 정보가 유효하지 않습니다.", "The payment is not valid."}},
	market.CodePaymentSaleStopped:     {409, text{"판매가 중지된 상품이 있어 결제를 취소했습니다. 결제하신 금액은 돌려드립니다.", "The order has a product that is no longer for sale. The payment will be refunded."}},
	market.CodePaymentFailed:          {500, text{"결제 처리 중 오류가 발생했습니다.", "The payment failed. Any amount charged will be refunded."}},
	market.CodePaymentNotRefundable:   {400, text{"환불이 불가능한 상태의 결제입니다.", "The payment cannot be refunded."}},
	market.CodePaymentGatewayError:    {502, text{"결제 대행사 응답 오류입니다.", "The payment gateway returned an invalid response."}},
	market.CodeRefundAlreadyExists:    {409, text{"이미 환불이 진행 중이거나 처리된 결제입니다.", "The payment is being refunded or has been refunded already."}},
	market.CodeRefundQuantityTooLarge: {409, text{"요청한 수량이 환불할 수 있는 남은 수량보다 많습니다. 주문의 남은 수량을 확인해 주세요.", "The quantity exceeds what can still be refunded. Check the remaining quantity in the order."}},
	market.CodeRefundExceedsRemaining: {409, text{"환불할 수 있는 금액보다 큰 금액입니다.", "The amount exceeds what can still be refunded."}},
	market.CodeRefundItemsInvalid:     {400, text{"환불할 상품은 해당 주문의 상품이어야 하며 중복될 수 없습니다.", "items must be items of this order, each at most once."}},
	market.CodeRefundNotFound:         {404, text{"존재하지 않는 환불내역 입니다.", "The refund does not exist."}},

	market.CodeRefundNeedsAnotherAdmin: {409, text{"이 금액의 환불은 다른 관리자의 승인이 필요합니다.", "A refund of this amount needs the approval of another admin. Yours is recorded."}},

	market.CodeDisputeNotFound:       {404, text{"존재하지 않는 분쟁입니다.", "The dispute does not exist."}},
	market.CodeDisputeResolved:       {409, text{"이미 종결되었거나 이 결정을 할 수 없는 분쟁입니다.", "The dispute is resolved, or has this status already."}},
	market.CodeDisputeItemsExceed:    {400, text{"선택한 상품의 금액이 분쟁 금액보다 큽니다.", "The amount of the items exceeds the disputed amount. Reduce the quantity."}},
	market.CodeDisputeReferenceUsed:  {409, text{"다른 분쟁의 재지급 번호로 이미 등록되어 있습니다.", "Another dispute was won with this reference."}},
	market.CodeDisputePartlyRefunded: {409, text{"일부가 이미 환불되어 승소로 종결할 수 없습니다.", "A part of the dispute has been refunded, so it cannot be won. Accept the rest."}},

	market.CodeBreakNotFound:         {404, text{"존재하지 않는 대사 불일치 내역입니다.", "The discrepancy does not exist."}},
	market.CodeBreakResolved:         {409, text{"이미 처리된 대사 불일치 내역입니다.", "The discrepancy is no longer open."}},
	market.CodeSettlementFileInvalid: {400, text{"정산 파일의 형식이 올바르지 않습니다.", "The settlement file cannot be read."}},
	market.CodeSettlementFileChanged: {409, text{"이미 가져온 정산 파일과 내용이 다릅니다. 다른 이름으로 올려 주세요.", "A file of this name with other content was imported before. Send it under another name."}},
}

// failureOf returns the status and text of a code; an unknown one is an internal error.
func failureOf(code market.Code) failure {
	if f, ok := failures[code]; ok {
		return f
	}
	return failures[market.CodeInternalServerError]
}

// details maps every market.Detail and every validation rule to its text: "field.rule", or
// "kind.field.rule" for a request with texts of its own. A test fails for a missing detail.
var details = map[market.Detail]text{
	market.DetailFileLines:             {"이 줄부터는 다른 파일로 등록해 주세요. 파일 하나에 %d줄까지 등록할 수 있습니다.", "From this line on, send another file: one takes %d lines."},
	market.DetailLineRepeated:          {"같은 %s의 줄이 앞에 있습니다.", "An earlier line has the same %s."},
	market.DetailOfferProduct:          {"상품 %d을(를) 찾을 수 없습니다. 아무것도 변경하지 않았습니다.", "Product %d does not exist. Nothing was changed."},
	market.DetailOfferEmpty:            {"변경할 값을 하나 이상 입력해 주세요.", "Enter at least one value to change."},
	market.DetailImagesChanged:         {"상품 이미지가 그 사이에 바뀌었습니다. 다시 시도해 주세요.", "The images of the product have changed in the meantime. Try again."},
	market.DetailOfferBlocked:          {"상품 %d은(는) 관리자가 판매를 차단했습니다. 아무것도 변경하지 않았습니다.", "Product %d is blocked by staff. Nothing was changed."},
	market.DetailOfferReserved:         {"상품 %d에는 아직 발송하지 않은 주문 수량이 %d개 있어 재고를 그보다 적게 할 수 없습니다. 아무것도 변경하지 않았습니다.", "The stock on hand of product %d cannot be less than the quantity reserved for unshipped orders, %d. Nothing was changed."},
	market.DetailOfferStock:            {"상품 %d의 재고가 그 사이에 바뀌었습니다. 아무것도 변경하지 않았습니다.", "The stock of product %d has changed in the meantime. Nothing was changed."},
	market.DetailStockChanged:          {"재고가 그 사이에 변경되었습니다. 현재 재고를 확인한 뒤 다시 시도해 주세요.", "The stock has changed in the meantime. Read it and try again."},
	market.DetailCategoryInUse:         {"이 카테고리에는 상품이 %s개 있어 삭제할 수 없습니다. 판매자가 상품을 다른 카테고리로 옮기거나 삭제한 뒤에 삭제할 수 있습니다.", "The category has %s products, hidden and blocked ones included, so it cannot be deleted. Their sellers have to move them to another category or delete them first."},
	market.DetailProductBlocked:        {"관리자가 판매를 차단한 상품입니다. 판매 상태를 바꿀 수 없습니다.", "The product is blocked by staff. Its status cannot be changed."},
	market.DetailUsableMethods:         {"사용할 수 있는 결제 수단: %s.", "This payment method is unavailable. Available methods: %s."},
	market.DetailNotYetShipped:         {"아직 발송되지 않은 상품입니다.", "The order item has not been shipped yet."},
	market.DetailSeveralParcels:        {"여러 배송으로 나누어 발송된 상품입니다. 배송별로 송장번호를 수정해 주세요.", "The pieces of the order item are in several parcels. Correct the parcels one by one."},
	market.DetailTooManyImages:         {"상품 이미지는 최대 %d개까지 등록할 수 있습니다.", "A product can have at most %d images."},
	market.DetailTooManyEndpoints:      {"웹훅 주소는 최대 %d개까지 등록할 수 있습니다.", "You can keep at most %d webhook endpoints."},
	market.DetailEndpointAddress:       {"주소는 https://로 시작하고 443번 포트를 쓰는 공개 주소여야 하며, 사용자 정보와 #을 넣을 수 없습니다.", "url must be a public address that begins with https://, at port 443, without a user and without #."},
	market.DetailTooManyAddresses:      {"배송지는 최대 %d개까지 등록할 수 있습니다.", "You can keep at most %d addresses."},
	market.DetailOrdersOpen:            {"진행 중인 주문이나 환불이 끝난 뒤에 탈퇴할 수 있습니다.", "You can close the account once no order or refund is open."},
	market.DetailSalesOpen:             {"배송, 환불, 정산이 모두 끝난 뒤에 탈퇴할 수 있습니다.", "You can close the account once no delivery, refund or settlement is open."},
	market.DetailSettlementLine:        {"정산 파일의 %d번째 줄을 읽을 수 없습니다: %s. 아무것도 가져오지 않았습니다. 수정한 뒤 파일을 다시 올려 주세요.", "Line %d of the settlement file cannot be read: %s. Nothing was imported. Correct the file and send it again."},
	market.DetailStaffRole:             {"내 역할로는 할 수 없는 작업입니다. 필요하면 소유자에게 요청해 주세요.", "Your role may not do this. Ask an owner if you need to."},
	market.DetailTwoOwners:             {"2인 승인을 사용하려면 로그인할 수 있는 소유자가 두 명 이상이어야 합니다.", "Two-person approval requires at least two owners who can log in."},
	market.DetailAdjustmentAccounts:    {"차변과 대변 계정이 서로 달라야 합니다.", "The debit account and the credit account must differ."},
	market.DetailAdjustmentWriteOff:    {"상각은 차변이 WRITE_OFF 계정이어야 합니다.", "A write-off debits the account WRITE_OFF."},
	market.DetailAdjustmentDebt:        {"판매자의 미수금(%s)보다 많이 상각할 수 없습니다.", "A write-off cannot exceed what the seller owes: %s."},
	market.DetailPayoutMispaid:         {"은행이 다른 금액을 지급했습니다. 은행에 조회해 반환을 확인한 뒤 다시 지급하거나, 받은 금액을 인정하고 차액을 이월해 주세요.", "The bank paid a different amount. Check with the bank that it was returned before paying again, or accept it and carry over the difference."},
	market.DetailSellerNotWithdrawn:    {"탈퇴하지 않은 판매자는 정산 계좌를 직접 등록합니다.", "The seller account is open. Its owner enters the payout account."},
	market.DetailAdjustmentBreakSide:   {"차이를 줄이는 방향으로 조정해 주세요. 결제사 금액이 더 많으면 PSP_CLEARING을 차변, 더 적으면 대변으로 합니다.", "Adjust towards the provider: debit PSP_CLEARING if the provider holds more, else credit it."},
	market.DetailAdjustmentBreakAmount: {"대사 불일치의 금액(%s)과 같은 금액으로 조정해 주세요.", "The adjustment must equal the amount of the discrepancy: %s."},
	market.DetailAdjustmentBreak:       {"대사 불일치의 조정은 PSP_CLEARING 계정을 차변이나 대변으로 해야 합니다.", "The adjustment of a discrepancy debits or credits PSP_CLEARING."},
	market.DetailStaffSelf:             {"자신의 계정에는 할 수 없는 작업입니다. 다른 소유자에게 요청해 주세요.", "You cannot do this to your own account. Ask another owner."},
	market.DetailRefundRemaining:       {"결제 금액의 일부가 결제대행사에서 이미 돌아갔습니다. 환불할 수 있는 금액: %s", "Part of the payment was already cancelled at the provider. At most %s can still be refunded."},
	market.DetailRefundNotWaiting:      {"현재 상태(%s)의 환불에는 할 수 없는 결정입니다.", "This decision is not possible for a refund with status %s."},
	market.DetailCursorInvalid:         {"커서가 올바르지 않습니다. 이전 응답의 커서를 그대로 사용해 주세요.", "The cursor is invalid. Use the nextCursor of an earlier answer as it is."},
	market.DetailCursorOrder:           {"커서가 다른 정렬 순서의 것입니다. 정렬을 빼거나 처음 요청과 같게 지정해 주세요.", "The cursor belongs to another order: leave sort out, or give the one of the first page."},
	market.DetailStockTwice:            {"재고와 보유 재고 중 하나만 지정해 주세요.", "Give stock or onHand, not both."},
	market.DetailStockReserved:         {"보유 재고는 아직 발송하지 않은 주문 수량 %d개보다 적을 수 없습니다.", "The stock on hand cannot be less than the quantity reserved for unshipped orders, %d."},
	market.DetailSortUnknown:           {"정렬할 수 없는 항목입니다. 사용 가능: %s", "The list cannot be sorted by that. Use one of: %s"},
	market.DetailSearchPagesBounded:    {"검색 결과는 페이지 번호로 %d개까지만 조회할 수 있습니다. 그 이후는 커서를 사용해 주세요.", "page reaches the first %d results only. Use nextCursor for what follows."},
	market.DetailPasswordTooLong:       {"비밀번호가 너무 깁니다. %d바이트 이하여야 합니다.", "The password is too long. It must have at most %d bytes."},

	market.DetailProposalWaits:      {"같은 변경이 이미 결정을 기다리고 있습니다.", "A proposal for the same change is already awaiting a decision."},
	market.DetailCategoryTaken:      {"같은 이름의 카테고리가 있습니다. 띄어쓰기와 대소문자는 구별하지 않습니다.", "Another category has this name. Spaces and case are ignored."},
	market.DetailBizNumberTaken:     {"이미 등록된 사업자등록번호입니다.", "The business registration number belongs to another seller."},
	market.DetailContentType:        {"Content-Type은 application/json이어야 합니다.", "Content-Type must be application/json."},
	market.DetailBodyEncoding:       {"요청 본문은 UTF-8이어야 합니다.", "The request body must be UTF-8."},
	market.DetailFieldInvalid:       {"잘못된 입력값입니다: %s", "%s is invalid."},
	market.DetailProductShort:       {"재고가 부족합니다: %s (남은 수량 %d개)", "Not enough of %s is in stock: %d left."},
	market.DetailProductOffSale:     {"판매 중이 아닌 상품입니다: %s", "%s is not on sale."},
	market.DetailPriceChanged:       {"주문 금액이 %s에서 %s(으)로 변경되었습니다. 확인 후 다시 주문해 주세요.", "The total has changed from %s to %s. Check the cart and order again."},
	market.DetailQueryMalformed:     {"쿼리 문자열의 형식이 올바르지 않습니다.", "The query string is malformed: each parameter is name=value, escaped and joined by &."},
	market.DetailParameterUnknown:   {"알 수 없는 쿼리 파라미터입니다: %s (사용 가능: %s)", "There is no query parameter %s here; there are: %s."},
	market.DetailOtherOrigin:        {"다른 사이트에서 보낸 요청입니다. Origin은 %s, Host는 %s입니다.", "The request comes from another site: its Origin is %s and its Host %s. A proxy must pass the browser's Host on."},
	market.DetailFieldTwice:         {"같은 항목이 두 번 있습니다: %s", "The body has %s twice."},
	market.DetailFieldRequired:      {"필수 입력 사항입니다: %s", "%s is required."},
	market.DetailPasswordOrCode:     {"이메일, 비밀번호 또는 일회용 코드가 맞지 않습니다. 코드는 한 번만 쓸 수 있으니 다음 코드를 입력해 주세요.", "Email address, password or one-time code is wrong. A code works once: enter the next one."},
	market.DetailFieldTooLong:       {"입력값이 너무 깁니다: %s", "%s is too long."},
	market.DetailTextEncoding:       {"UTF-8로 읽을 수 없는 문자가 있습니다: %s", "%s is not valid UTF-8."},
	market.DetailTextControl:        {"사용할 수 없는 제어 문자가 있습니다: %s", "%s contains a control character or a line break."},
	market.DetailTextDirection:      {"글의 방향을 바꾸는 문자는 사용할 수 없습니다: %s", "%s contains a character that overrides the direction of text."},
	market.DetailFileColumns:        {"파일의 첫 줄에 다음 열 이름이 있어야 합니다: %s", "The first line of the file must name these columns: %s."},
	market.DetailFileColumnTwice:    {"파일의 첫 줄에 같은 열이 두 번 있습니다: %s", "The first line of the file names the column %s twice."},
	market.DetailLineFields:         {"항목이 %d개인데 첫 줄은 %d개입니다. 숫자에 쉼표를 쓰지 마세요.", "This line has %d fields, the first line has %d. Write numbers without commas."},
	market.DetailLineQuotes:         {"따옴표가 잘못되어 이 줄부터 읽을 수 없습니다.", "A quotation mark is in the wrong place: the file cannot be read from this line on."},
	market.DetailNotPlainNumber:     {"%s은(는) 쉼표나 기호 없이 13000처럼 입력해 주세요.", "%s must be a number without separators, such as 13000."},
	market.DetailNotWholeWon:        {"%s은(는) 1원 단위로 입력해 주세요.", "%s must be whole won, without a fraction."},
	market.DetailNotNatural:         {"%s은(는) 0 이상의 정수여야 합니다.", "%s must be a whole number of at least 0."},
	market.DetailNotBool:            {"%s은(는) true 또는 false여야 합니다.", "%s must be true or false."},
	market.DetailNotDay:             {"%s은(는) yyyy-MM-dd 형식이어야 합니다.", "%s must be a date such as 2026-01-31."},
	market.DetailParameterTwice:     {"쿼리 파라미터는 한 번만 지정할 수 있습니다: %s", "Give the query parameter %s only once."},
	market.DetailNotTogether:        {"%s은(는) %s와(과) 함께 사용할 수 없습니다.", "%s cannot be combined with %s."},
	market.DetailBodyNotJSON:        {"요청 본문이 올바른 JSON이 아닙니다.", "The request body is not valid JSON."},
	market.DetailDayInFuture:        {"%s은(는) 오늘보다 늦을 수 없습니다.", "%s must not be in the future."},
	market.DetailNotOneOf:           {"%s은(는) %s 중 하나여야 합니다.", "%s must be one of: %s"},
	market.DetailPageOutOfRange:     {"페이지 번호는 0 이상 %d 이하의 정수여야 합니다.", "page must be a whole number from 0 to %d."},
	market.DetailContentTypeCSV:     {"Content-Type은 application/json 또는 text/csv여야 합니다.", "Content-Type must be application/json or text/csv."},
	market.DetailLineProblem:        {"%d번째 줄: %s", "Line %d: %s"},
	market.DetailSizeOutOfRange:     {"페이지 크기는 1 이상 %d 이하의 정수여야 합니다.", "size must be a whole number from 1 to %d."},
	market.DetailDaysReversed:       {"시작일은 종료일보다 늦을 수 없습니다.", "from must not be later than to."},
	market.DetailSpanTooLong:        {"기간은 최대 %d일까지 조회할 수 있습니다.", "Ask for at most %d days at a time."},
	market.DetailKeywordTooLong:     {"검색어는 %d자 이하여야 합니다.", "keyword must have at most %d characters."},
	market.DetailTooManyRuns:        {"대상이 %d건을 넘습니다. 조건을 좁혀 주세요.", "More than %d runs match. Narrow the query."},
	market.DetailUploadNotMultipart: {"multipart/form-data로 이미지 파일을 전송해 주세요.", "Send the image file as multipart/form-data."},
	market.DetailUploadEmpty:        {"이미지 파일은 필수입니다.", "The image file is required."},
	market.DetailUploadTwice:        {"이미지 파일은 요청마다 하나만 전송해 주세요.", "Send one image file per request."},
	market.DetailImageTruncated:     {"이미지 파일의 뒷부분이 없습니다. 원본 파일을 다시 올려 주세요.", "The end of the image file is missing. Upload the original file again."},
	market.DetailImageDamaged:       {"이미지 파일이 손상되었습니다. 이미지를 다시 저장한 뒤 올려 주세요.", "The image file is damaged. Save the image again and upload that file."},
	market.DetailImageTooLarge:      {"이미지가 너무 큽니다. 이 형식은 최대 %d메가픽셀까지 올릴 수 있습니다. 크기를 줄이거나 일반(baseline) JPEG로 저장해 주세요.", "The image has too many pixels. This kind of file may have at most %d megapixels. Make it smaller, or save it as a baseline JPEG."},
	market.DetailImageScans:         {"JPEG의 스캔이 %d개를 넘습니다. 일반(baseline) JPEG로 저장해 주세요.", "The JPEG has more than %d scans. Save it as a baseline JPEG."},
	market.DetailImageSlow:          {"이미지를 처리하는 데 너무 오래 걸립니다. 크기를 줄이거나 일반(baseline) JPEG로 저장해 주세요.", "Processing the image takes too long. Make it smaller, or save it as a baseline JPEG."},
	market.DetailImageAnimated:      {"움직이는 WebP는 지원하지 않습니다. 정지 이미지로 저장해 주세요.", "Animated WebP is not supported. Save it as a still image."},
	market.DetailUploadTooLarge:     {"이미지는 최대 %d MB까지 업로드할 수 있습니다.", "An image may have at most %d MB."},

	"trackingNumber.unshortened": {"송장번호가 6.00012E+11처럼 줄여져 있습니다. 스프레드시트에서 열을 텍스트 형식으로 바꾸고 전체 번호를 입력해 주세요.", "trackingNumber was shortened by a spreadsheet, as in 6.00012E+11. Format the column as text and enter the whole number."},

	"email.required":               {"이메일은 필수 입력 사항 입니다.", "email is required."},
	"email.email":                  {"이메일 형식이 올바르지 않습니다.", "email is not an email address."},
	"email.max":                    bounded("이메일은 최대 %d자 까지 입력 가능합니다.", "email must have at most %d characters.", market.MaxEmail),
	"seller.email.max":             bounded("이메일은 %d자를 초과할 수 없습니다.", "email must have at most %d characters.", market.MaxEmail),
	"password.required":            {"비밀번호는 필수 입력 사항 입니다.", "password is required."},
	"password.min":                 bounded("비밀번호는 %d자 이상이어야 하며 %d바이트를 넘을 수 없습니다.", "password must have %d characters or more, and at most %d bytes.", market.MinPassword, market.MaxPassword),
	"password.max":                 bounded("비밀번호는 %d자 이상이어야 하며 %d바이트를 넘을 수 없습니다.", "password must have %d characters or more, and at most %d bytes.", market.MinPassword, market.MaxPassword),
	"password.maxbytes":            bounded("비밀번호는 %d자 이상이어야 하며 %d바이트를 넘을 수 없습니다.", "password must have %d characters or more, and at most %d bytes.", market.MinPassword, market.MaxPassword),
	"password.uncommon":            {"널리 알려진 비밀번호는 사용할 수 없습니다. 다른 비밀번호를 입력해 주세요.", "password is one of the most common ones. Choose another."},
	"name.required":                {"이름은 필수 입력 사항 입니다.", "name is required."},
	"name.max":                     bounded("이름은 최대 %d자 까지 입력 가능합니다.", "name must have at most %d characters.", market.MaxPersonName),
	"seller.name.max":              bounded("이름은 %d자를 초과할 수 없습니다.", "name must have at most %d characters.", market.MaxPersonName),
	"phone.required":               {"전화번호는 필수 입력 사항 입니다.", "phone is required."},
	"phone.max":                    bounded("전화번호는 최대 %d자리 까지 입력 가능합니다", "phone must have at most %d characters.", market.MaxPhone),
	"phone.phone":                  {"전화번호 형식이 올바르지 않습니다.", "phone must look like 010-1234-5678."},
	"seller.phone.max":             bounded("전화번호는 %d자를 초과할 수 없습니다.", "phone must have at most %d characters.", market.MaxPhone),
	"detail.max":                   bounded("주소지는 %d자를 초과할 수 없습니다.", "detail must have at most %d characters.", market.MaxAddress),
	"storeName.max":                bounded("사업자명은 %d자를 초과할 수 없습니다.", "storeName must have at most %d characters.", market.MaxStoreName),
	"bizNumber.max":                bounded("사업자등록번호는 %d자를 초과할 수 없습니다.", "bizNumber must have at most %d characters.", market.MaxBizNumber),
	"bankCode.max":                 bounded("은행 코드는 %d자를 초과할 수 없습니다.", "bankCode must have at most %d characters.", market.MaxBankCode),
	"bankAccount.max":              bounded("계좌번호는 %d자를 초과할 수 없습니다.", "bankAccount must have at most %d characters.", market.MaxBankAccount),
	"cartItemIds.required":         {"주문할 장바구니 상품은 최소 1개 이상이어야 합니다", "cartItemIds must name at least one item."},
	"cartItemIds.min":              {"주문할 장바구니 상품은 최소 1개 이상이어야 합니다", "cartItemIds must name at least one item."},
	"addressId.required":           {"배송지 ID는 필수입니다", "addressId is required."},
	"addressId.gt":                 {"배송지 ID는 양수여야 합니다", "addressId must be positive."},
	"orderId.required":             {"주문 ID는 필수입니다", "orderId is required."},
	"orderId.gt":                   {"주문 ID는 양수여야 합니다", "orderId must be positive."},
	"method.required":              {"결제 수단 선택은 필수입니다", "method is required."},
	"method.enum":                  {"잘못된 입력값입니다.", "method is not a payment method."},
	"categoryId.required":          {"카테고리는 필수입니다", "categoryId is required."},
	"product.name.required":        {"상품명은 필수입니다", "name is required."},
	"product.name.max":             bounded("상품명은 %d자 이하여야 합니다", "name must have at most %d characters.", market.MaxProductName),
	"price.required":               {"가격은 필수입니다", "price is required."},
	"price.gte":                    {"가격은 0 이상이어야 합니다", "price must not be negative."},
	"price.lte":                    {"가격은 정수 10자리, 소수 2자리 이하여야 합니다", "price must have at most 10 digits and 2 decimals."},
	"description.max":              bounded("설명은 %d자 이하여야 합니다", "description must have at most %d characters.", market.MaxDescription),
	"product.description.required": {"상품 설명은 필수입니다", "description is required."},
	"product.description.max":      bounded("상품 설명은 %d자 이하여야 합니다", "description must have at most %d characters.", market.MaxDescription),
	"stock.gte":                    {"재고는 0 이상이어야 합니다", "stock must not be negative."},
	"category.name.required":       {"카테고리 이름은 필수입니다.", "name is required."},
	"category.name.max":            bounded("카테고리 이름은 %d자를 초과할 수 없습니다.", "name must have at most %d characters.", market.MaxCategoryName),
	"category.sortOrder.gte":       {"순서는 0 또는 양수로 지정해 주세요", "sortOrder must not be negative."},
	"refund.reason.required":       {"환불 사유는 필수입니다.", "reason is required."},
	"deniedReason.required":        {"거절 사유는 필수입니다.", "deniedReason is required."},
	"deniedReason.max":             bounded("거절 사유는 %d자 이하여야 합니다.", "deniedReason must have at most %d characters.", market.MaxReason),
	"quantity.required":            {"수량은 1 이상이어야 합니다", "quantity must be at least 1."},
	"quantity.gt":                  {"수량은 1 이상이어야 합니다", "quantity must be at least 1."},
	"quantity.lte":                 {"수량이 허용 범위를 초과합니다", "quantity is too large."},
	"stock.lte":                    {"재고가 허용 범위를 초과합니다", "stock is too large."},
}

// koreanFields maps fields to their Korean names. English texts use the fields' own names.
var koreanFields = map[string]string{
	// of requests
	"CHANGE_OF_MIND": "단순 변심", "DAMAGED": "파손", "WRONG_ITEM": "오배송", "account": "계정", "action": "작업",
	"addressId": "배송지", "amount": "금액", "autoApproveBelow": "자동 승인 기준 금액", "bankAccount": "계좌번호",
	"bankCode": "은행", "bizNumber": "사업자등록번호", "breakId": "대사 불일치", "carrier": "택배사", "deliveryNote": "배송 메모",
	"cartItemIds": "장바구니 상품", "category": "카테고리", "categoryId": "카테고리", "creditAccount": "대변 계정",
	"currentPassword": "현재 비밀번호", "debitAccount": "차변 계정", "decision": "결정", "deniedReason": "거절 사유",
	"description": "설명", "detail": "주소", "email": "이메일", "escalateAfterHours": "지연 경보까지의 시간", "events": "이벤트",
	"expectedReserved": "변경 전 예약 수량", "expectedStock": "변경 전 재고", "expectedTotal": "주문 금액",
	"fourEyes": "2인 승인", "from": "시작일", "holdPayouts": "지급 보류", "image": "이미지", "isDefault": "기본 배송지 여부",
	"items": "상품", "kind": "종류", "language": "언어", "notificationId": "알림", "unread": "읽지 않은 알림",
	"orderMails": "주문 메일", "refundMails": "환불 메일", "restockMails": "재입고 메일", "stockMails": "재고 메일",
	"settlementMails": "정산 메일", "lowStock": "재고 부족", "method": "결제 수단", "name": "이름", "offers": "가격·재고 변경 목록",
	"onHand": "보유 재고", "orderId": "주문", "parcelId": "배송 번호", "orderItemId": "상품주문번호", "orders": "주문 수", "otp": "일회용 비밀번호",
	"key": "양식 키", "refund": "환불", "seenStock": "표시된 재고", "seenReserved": "표시된 발송 대기 수량", "address": "배송지",
	"password": "비밀번호", "paymentToken": "결제 토큰", "perSecond": "초당 건수", "phone": "전화번호", "pieces": "수량",
	"piecesOfProduct": "상품별 수량", "price": "가격", "privacyVersion": "개인정보 처리방침 버전", "productId": "상품",
	"note": "메모", "paymentStatus": "결제 상태",
	"quantity": "수량", "reason": "사유", "recipient": "받는 분", "reference": "참조 번호", "refundIds": "환불",
	"remindAfterHours": "결정 알림까지의 시간", "representative": "대표 이미지 여부", "restock": "재고 복원 여부", "role": "역할",
	"secondApprovalFrom": "두 사람이 승인하는 금액", "sellerId": "판매자", "shipments": "발송 목록",
	"shippingBorneBy": "반품 배송비 부담", "sortOrder": "정렬 순서", "status": "상태", "stock": "재고",
	"storeName": "상호", "termsVersion": "이용약관 버전", "to": "종료일", "token": "토큰",
	"trackingNumber": "송장번호", "transactionId": "거래 번호", "type": "종류", "unverified": "그 밖의 구매자",
	"url": "주소", "verified": "이메일을 확인한 구매자",
	// of queries and paths
	"actor": "작업자 구분", "actorId": "작업자", "all": "전체 조회 여부", "batchId": "일괄 작업", "buyerId": "구매자",
	"cursor": "커서", "data": "조회 자료", "date": "날짜", "day": "날짜", "disputeId": "분쟁", "endpointId": "웹훅 주소",
	"format": "형식", "groupBy": "집계 단위", "imageId": "이미지", "imageIds": "이미지", "move": "이동", "priceFrom": "최저 가격", "priceTo": "최고 가격", "product": "상품", "toCategory": "카테고리", "value": "값", "keyword": "검색어", "messageId": "웹훅 메시지",
	"month": "월", "page": "페이지 번호", "partial": "부분 처리 여부", "path": "주소의 경로", "paymentId": "결제",
	"payoutId": "지급", "proposalId": "변경 제안", "query": "쿼리 문자열", "refundId": "환불", "settlementId": "정산",
	"size": "페이지 크기", "sort": "정렬 기준", "staffId": "담당자", "subject": "대상 구분", "subjectId": "대상",
	"unpaid": "미결제 주문 조회 여부",
	// of forms
	"change": "변경 내용", "do": "작업", "file": "파일", "form": "입력 양식", "total": "합계", "unit": "집계 단위", "why": "사유",
}
