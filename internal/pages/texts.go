package pages

// The texts that the pages of all sites have in common, except for tables of states and reasons.
var (
	// Texts that several sites have.
	textInbox              = Text{Ko: "알림함", En: "Inbox"}
	textNoNotificationsYet = Text{
		Ko: "알림이 없습니다. 주문, 환불, 정산 등의 소식을 여기에서 확인할 수 있습니다.",
		En: "No notifications yet. News of your orders and refunds appear here.",
	}
	textMarkAllAsRead         = Text{Ko: "모두 읽음", En: "Mark all as read"}
	textMarkAsRead            = Text{Ko: "읽음 처리", En: "Mark as read"}
	textNew                   = Text{Ko: "새 알림", En: "New"}
	textNotificationMails     = Text{Ko: "알림 메일", En: "Notification mails"}
	textNotificationMailsHint = Text{
		Ko: "결제·지급과 계정 보안에 관한 메일은 항상 발송됩니다. 알림함에는 모든 알림이 표시됩니다.",
		En: "Mails about money and account security are always sent. Your inbox shows all notifications.",
	}
	textKorean          = Text{Ko: "한국어", En: "Korean"}
	textEnglish         = Text{Ko: "영어", En: "English"}
	textLanguageOfMails = Text{Ko: "메일 언어", En: "Language of mails"}

	TextAll                        = Text{Ko: "전체", En: "All"}
	TextFrom                       = Text{Ko: "시작일", En: "From"}
	TextUntil                      = Text{Ko: "종료일", En: "Until"}
	TextSearch                     = Text{Ko: "검색", En: "Search"}
	TextReason                     = Text{Ko: "사유", En: "Reason"}
	TextShow                       = Text{Ko: "조회", En: "Show"}
	TextNumber                     = Text{Ko: "번호", En: "Number"}
	TextAmount                     = Text{Ko: "금액", En: "Amount"}
	TextStatus                     = Text{Ko: "상태", En: "Status"}
	TextOrder                      = Text{Ko: "주문", En: "Order"}
	TextCategories                 = Text{Ko: "카테고리", En: "Categories"}
	TextSave                       = Text{Ko: "저장", En: "Save"}
	TextDelete                     = Text{Ko: "삭제", En: "Delete"}
	TextName                       = Text{Ko: "이름", En: "Name"}
	TextOrders                     = Text{Ko: "주문", En: "Orders"}
	TextOrderPrefix                = Text{Ko: "주문 ", En: "Order "}
	TextProducts                   = Text{Ko: "상품", En: "Products"}
	TextStore                      = Text{Ko: "상호", En: "Store"}
	TextBusinessRegistrationNumber = Text{Ko: "사업자등록번호", En: "Business registration number"}
	TextEmail                      = Text{Ko: "이메일", En: "Email"}
	TextPayoutAccount              = Text{Ko: "정산 계좌", En: "Payout account"}
	TextPayable                    = Text{Ko: "정산 예정 금액", En: "Payable"}
	TextPending                    = Text{Ko: "구매 확정 대기", En: "Not confirmed yet"}
	TextInTransit                  = Text{Ko: "이체 중", En: "In transit"}
	TextSettlements                = Text{Ko: "정산", En: "Settlements"}
	TextNoSettlementsYet           = Text{
		Ko: "정산 내역이 없습니다. 매월 15일과 말일에 정산합니다.",
		En: "No settlements yet. They are made twice a month.",
	}
	TextPeriod              = Text{Ko: "기간", En: "Period"}
	TextPayoutAmount        = Text{Ko: "지급액", En: "Payout amount"}
	TextCommission          = Text{Ko: "수수료", En: "Commission"}
	TextCarriedOver         = Text{Ko: "이월", En: "Carried over"}
	TextProduct             = Text{Ko: "상품", En: "Product"}
	TextPrice               = Text{Ko: "가격", En: "Price"}
	TextDownloadAsCSV       = Text{Ko: "CSV 내려받기", En: "Download as CSV"}
	TextSalesToday          = Text{Ko: "오늘 매출", En: "Sales today"}
	TextOrdersToday         = Text{Ko: "오늘 주문", En: "Orders today"}
	TextRefundsToday        = Text{Ko: "오늘 환불", En: "Refunds today"}
	TextCommissionToday     = Text{Ko: "오늘 수수료", En: "Commission today"}
	TextRefund              = Text{Ko: "환불", En: "Refund"}
	TextRequested           = Text{Ko: "요청일시", En: "Requested"}
	TextItems               = Text{Ko: "주문 상품", En: "Items"}
	TextQuantity            = Text{Ko: "수량", En: "Quantity"}
	TextDelivery            = Text{Ko: "배송", En: "Delivery"}
	TextNotShipped          = Text{Ko: "발송 전", En: "Not shipped"}
	TextNoOrdersYet         = Text{Ko: "주문 내역이 없습니다.", En: "No orders yet."}
	TextOrderDate           = Text{Ko: "주문일시", En: "Order date"}
	TextDeliverTo           = Text{Ko: "배송지", En: "Deliver to"}
	TextNotConfirmed        = Text{Ko: "미확인", En: "Not confirmed"}
	TextBusinessDay         = Text{Ko: "거래일", En: "Business day"}
	TextPayment             = Text{Ko: "결제", En: "Payment"}
	TextRefunds             = Text{Ko: "환불", En: "Refunds"}
	TextCurrentPassword     = Text{Ko: "현재 비밀번호", En: "Current password"}
	TextOneTimePassword     = Text{Ko: "일회용 비밀번호", En: "One-time password"}
	TextAddress             = Text{Ko: "주소", En: "Address"}
	TextBankAccountNumber   = Text{Ko: "계좌번호", En: "Account number"}
	TextConfirmEmailAddress = Text{Ko: "이메일 주소 확인", En: "Confirm email address"}
	TextForgotPassword      = Text{Ko: "비밀번호 찾기", En: "Forgot password"}
	TextLogIn               = Text{Ko: "로그인", En: "Log in"}
	TextSignUp              = Text{Ko: "회원가입", En: "Sign up"}
	TextProfile             = Text{Ko: "내 정보", En: "Profile"}
	TextPhone               = Text{Ko: "전화번호", En: "Phone"}
	TextTotal               = Text{Ko: "합계", En: "Total"}

	// Several pages.
	textNewPasswordOfLength = Text{Ko: "새 비밀번호 (%d자 이상)", En: "New password (%d characters or more)"}
	textResendCode          = Text{Ko: "코드 다시 받기", En: "Resend code"}
	textConfirm             = Text{Ko: "확인", En: "Confirm"}

	// Forgotten passwords and verification.
	textResetCodeSent = Text{
		Ko: "이 주소로 가입한 계정이 있으면 비밀번호를 재설정할 코드를 메일로 보냅니다. 코드는 1시간 동안 유효합니다.",
		En: "If this address has an account, we will email it a code to reset the password. The code is valid " +
			"for one hour.",
	}
	textPasswordSet           = Text{Ko: "비밀번호를 설정했습니다. 로그인해 주세요.", En: "Password set. Log in to continue."}
	textEmailAddressConfirmed = Text{Ko: "이메일 주소를 확인했습니다.", En: "Email address confirmed."}
	textProfileSaved          = Text{Ko: "내 정보를 저장했습니다.", En: "Profile saved."}
	textCodeSentToNewAddress  = Text{
		Ko: "새 주소로 코드를 보냈습니다. 코드를 입력하면 주소가 변경됩니다.",
		En: "We sent a code to the new address. Enter it to change the address.",
	}
	textPasswordChanged    = Text{Ko: "비밀번호를 변경했습니다.", En: "Password changed."}
	textCodeSent           = Text{Ko: "코드를 메일로 보냈습니다.", En: "We emailed you a code."}
	textAccountClosed      = Text{Ko: "탈퇴했습니다. 그동안 이용해 주셔서 감사합니다.", En: "Your account is closed."}
	textSetAPassword       = Text{Ko: "비밀번호 설정", En: "Set a password"}
	textForgotPasswordHint = Text{
		Ko: "계정의 이메일 주소를 입력하면 새 비밀번호를 설정할 코드를 메일로 보냅니다.",
		En: "Enter the email address of your account. We will email you a code to set a new password.",
	}
	textSendCode      = Text{Ko: "코드 받기", En: "Send code"}
	textSetPassword   = Text{Ko: "비밀번호 설정", En: "Set password"}
	textCodeFromEmail = Text{Ko: "메일로 받은 코드", En: "Code from the email"}
	textBackToLogin   = Text{Ko: "로그인으로 돌아가기", En: "Back to login"}

	// Layout, login and lists.
	textSkipToContent       = Text{Ko: "본문으로 건너뛰기", En: "Skip to the content"}
	textShowAsTable         = Text{Ko: "표로 보기", En: "Show as table"}
	textMenu                = Text{Ko: "메뉴", En: "Menu"}
	textDarkTheme           = Text{Ko: "어두운 화면", En: "Dark theme"}
	textLightTheme          = Text{Ko: "밝은 화면", En: "Light theme"}
	textMain                = Text{Ko: "주 메뉴", En: "Main"}
	textLogOut              = Text{Ko: "로그아웃", En: "Log out"}
	textPending             = Text{Ko: "건 대기", En: "pending"}
	textHome                = Text{Ko: "홈으로", En: "Home"}
	textConfirmIdentityHint = Text{
		Ko: "돈이나 권한에 관한 결정을 하려면 10분 이내에 확인한 일회용 비밀번호가 필요합니다. 입력하신 내용은 그대로 전송됩니다.",
		En: "Decisions about money and access require a one-time password entered within the last 10 minutes. " +
			"Your form is submitted with it.",
	}
	textPassword                  = Text{Ko: "비밀번호", En: "Password"}
	textOneTimePasswordIfEnabled  = Text{Ko: "일회용 비밀번호 (설정한 경우)", En: "One-time password (if enabled)"}
	textForgotYourPassword        = Text{Ko: "비밀번호를 잊으셨나요?", En: "Forgot your password?"}
	textSetPasswordFromInvitation = Text{Ko: "초대 메일의 코드로 비밀번호 설정", En: "Set a password with an invitation code"}
	textTermsOfService            = Text{Ko: "이용약관", En: "Terms of service"}
	textPrivacyPolicy             = Text{Ko: "개인정보 처리방침", En: "Privacy policy"}
	textPage                      = Text{Ko: "쪽", En: "Page"}
	textRowsPerPage               = Text{Ko: "줄 수", En: "Rows"}
	textGo                        = Text{Ko: "이동", En: "Go"}
	textSelectAll                 = Text{Ko: "모두 선택", En: "Select all"}
	textSelected                  = Text{Ko: "%d건 선택", En: "%d selected"}
	textDays                      = Text{Ko: "%d일", En: "%d d"}
	textHours                     = Text{Ko: "%d시간", En: "%d h"}
	textMinutes                   = Text{Ko: "%d분", En: "%d min"}
	textJustNow                   = Text{Ko: "방금 전", En: "just now"}
	textMinuteAgo                 = Text{Ko: "1분 전", En: "1 minute ago"}
	textMinutesAgo                = Text{Ko: "%d분 전", En: "%d minutes ago"}
	textHourAgo                   = Text{Ko: "1시간 전", En: "1 hour ago"}
	textHoursAgo                  = Text{Ko: "%d시간 전", En: "%d hours ago"}
	textDayAgo                    = Text{Ko: "1일 전", En: "1 day ago"}
	textDaysAgo                   = Text{Ko: "%d일 전", En: "%d days ago"}
	textTimesAreInSeoul           = Text{Ko: "모든 시각은 한국 표준시(Asia/Seoul) 기준입니다.", En: "All times are in Asia/Seoul."}
	textSameDayLastWeek           = Text{Ko: "지난주 같은 요일", En: "Same day last week"}
	textMore                      = Text{Ko: "증가", En: "more"}
	textLess                      = Text{Ko: "감소", En: "less"}
	textAgeLate                   = Text{Ko: "(기한 지남)", En: "(overdue)"}
	textAgeAging                  = Text{Ko: "(기한 임박)", En: "(due soon)"}
	textPages                     = Text{Ko: "페이지", En: "Pages"}
	textPrevious                  = Text{Ko: "이전", En: "Previous"}
	textNext                      = Text{Ko: "다음", En: "Next"}
	textSomethingWentWrong        = Text{Ko: "처리하지 못했습니다", En: "Something went wrong"}
	textPageNotFound              = Text{Ko: "페이지를 찾을 수 없습니다", En: "Page not found"}
	textPageNotFoundHint          = Text{
		Ko: "주소가 변경되었거나 삭제된 페이지입니다. 입력하신 주소를 확인해 주세요.",
		En: "The page has moved or no longer exists. Check the address.",
	}
	textConfirmYourIdentity = Text{Ko: "본인 확인", En: "Confirm your identity"}

	// Parts of forms.
	textBank                 = Text{Ko: "은행", En: "Bank"}
	textChooseABank          = Text{Ko: "은행 선택", En: "Choose a bank"}
	textAgreeToTerms         = Text{Ko: "이용약관에 동의합니다", En: "I agree to the terms of service"}
	textAgreeToPrivacyPolicy = Text{Ko: "개인정보 처리방침에 동의합니다", En: "I agree to the privacy policy"}
	textRead                 = Text{Ko: "전문 보기", En: "Read"}
	textPasswordOfLength     = Text{Ko: "비밀번호 (%d자 이상)", En: "Password (%d characters or more)"}

	// Profile.
	textCloseAccount           = Text{Ko: "회원 탈퇴", En: "Close account"}
	textNewAddressNotConfirmed = Text{Ko: "확인 후 변경", En: "New address, not confirmed"}
	textEnterCode              = Text{Ko: "코드 입력", En: "Enter code"}
	textChangeEmailAddress     = Text{Ko: "이메일 변경", En: "Change email address"}
	textChangeEmailHint        = Text{
		Ko: "새 주소로 보낸 코드를 입력해야 주소가 변경됩니다.",
		En: "We will send a code to the new address. Enter it to change the address.",
	}
	textNewEmailAddress    = Text{Ko: "새 이메일", En: "New email address"}
	textChangePassword     = Text{Ko: "비밀번호 변경", En: "Change password"}
	textChangePasswordHint = Text{Ko: "다른 기기에서는 로그아웃됩니다.", En: "You will be logged out on your other devices."}
	textCloseAccountHint   = Text{Ko: "탈퇴하면 되돌릴 수 없습니다.", En: "A closed account cannot be reopened."}
	textCloseAccountNow    = Text{Ko: "탈퇴하기", En: "Close account"}
	textFillInFirst        = Text{Ko: "필수 항목을 먼저 입력해 주세요.", En: "Fill in the required fields first."}
	textBack               = Text{Ko: "돌아가기", En: "Go back"}
	textCancel             = Text{Ko: "취소", En: "Cancel"}

	// The state of an order.
	textCancelled              = Text{Ko: "주문 취소", En: "Cancelled"}
	textPaymentDeadlinePassed  = Text{Ko: "결제 기한 만료", En: "Not paid in time"}
	textPaymentFailed          = Text{Ko: "결제 실패", En: "Payment failed"}
	textCancelledBeforePayment = Text{Ko: "결제 전 취소", En: "Before payment"}

	// A product as buyers see it.
	TextSoldOut              = Text{Ko: "품절", En: "Sold out"}
	TextQuantityLeft         = Text{Ko: "남은 수량 %d개", En: "%d left"}
	textProductDescription   = Text{Ko: "상품 정보", En: "Description"}
	textPictures             = Text{Ko: "상품 사진", En: "Pictures"}
	textPictureOf            = Text{Ko: "사진 %d / %d", En: "Picture %d of %d"}
	textDeliveryAndReturns   = Text{Ko: "배송·취소·반품 안내", En: "Delivery and returns"}
	textDeliveryIsFree       = Text{Ko: "배송비는 판매 가격에 포함되어 있습니다.", En: "The price includes delivery."}
	textCancelBeforeShipping = Text{
		Ko: "발송 전에는 주문 상세에서 취소와 환불을 요청할 수 있습니다.",
		En: "Until it is shipped, you can request a refund on the page of your order.",
	}
	textReturnsPaidByBuyer = Text{
		Ko: "단순 변심으로 반품하면 반품 배송비는 구매자가 부담합니다. 파손이나 오배송은 부담하지 않습니다.",
		En: "If you change your mind, you pay for the return. You do not pay if an item is damaged or wrong.",
	}
	textReturnsAreFree = Text{Ko: "반품 배송비를 부담하지 않습니다.", En: "Returns are free."}
	textSellerInfo     = Text{Ko: "판매자 정보", En: "Seller"}
	textRepresentative = Text{Ko: "대표자", En: "Representative"}
)
