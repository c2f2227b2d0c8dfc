package console

import "github.com/all-in-market/market/internal/pages"

// The texts of the console's pages, except for tables of states, events and alerts.
var (
	textConsole         = pages.Text{Ko: "콘솔", En: "Console"}
	textGroupSales      = pages.Text{Ko: "판매", En: "Sales"}
	textGroupMembers    = pages.Text{Ko: "회원", En: "Members"}
	textGroupCatalogue  = pages.Text{Ko: "상품 관리", En: "Catalogue"}
	textGroupOperations = pages.Text{Ko: "운영", En: "Operations"}

	// Several pages.
	textActor                      = pages.Text{Ko: "작업자", En: "Actor"}
	textAccountNumber              = pages.Text{Ko: "계정 번호", En: "Account number"}
	textAction                     = pages.Text{Ko: "행위", En: "Action"}
	textNoEntriesFound             = pages.Text{Ko: "조건에 맞는 기록이 없습니다.", En: "No entries found."}
	textTime                       = pages.Text{Ko: "일시", En: "Time"}
	textKind                       = pages.Text{Ko: "종류", En: "Kind"}
	textDebit                      = pages.Text{Ko: "차변", En: "Debit"}
	textCredit                     = pages.Text{Ko: "대변", En: "Credit"}
	textSeller                     = pages.Text{Ko: "판매자", En: "Seller"}
	textWorkflow                   = pages.Text{Ko: "워크플로", En: "Workflow"}
	textNewPaymentReference        = pages.Text{Ko: "재지급 번호", En: "New payment reference"}
	textDecision                   = pages.Text{Ko: "결정", En: "Decision"}
	textSellerPrefix               = pages.Text{Ko: "판매자 ", En: "Seller "}
	textNewAccountAwaitingApproval = pages.Text{Ko: "새 계좌 승인 대기", En: "New account awaiting approval"}
	textWriteOff                   = pages.Text{Ko: "대손상각", En: "Write off"}
	textSignedUp                   = pages.Text{Ko: "가입일", En: "Signed up"}
	textChangeHistory              = pages.Text{Ko: "변경 이력", En: "Change history"}
	textBuyer                      = pages.Text{Ko: "구매자", En: "Buyer"}
	textActionColumn               = pages.Text{Ko: "처리", En: "Action"}
	textSubject                    = pages.Text{Ko: "대상", En: "Subject"}
	textNothingNeedsAttention      = pages.Text{Ko: "확인이 필요한 항목이 없습니다.", En: "Nothing needs attention."}
	textDetails                    = pages.Text{Ko: "내용", En: "Details"}
	textApprove                    = pages.Text{Ko: "승인", En: "Approve"}
	textTwoPersonApproval          = pages.Text{Ko: "2인 승인", En: "Two-person approval"}
	textChange                     = pages.Text{Ko: "변경", En: "Change"}
	textRole                       = pages.Text{Ko: "역할", En: "Role"}

	// Consequences of decisions.
	textRejectConsequence = pages.Text{
		Ko: "변경하지 않고 제안한 사람에게 사유를 알립니다. 지급은 지금의 설정대로 계속됩니다. 되돌릴 수 없습니다.",
		En: "Nothing changes, and the proposer sees the reason. Payouts go on as they are set up now. This cannot be undone.",
	}
	textApproveConsequence = pages.Text{
		Ko: "선택한 환불의 금액을 구매자에게 돌려주고 판매자의 정산 금액에서 뺍니다. 되돌릴 수 없습니다.",
		En: "The buyers are paid back, and the sellers' next payouts are reduced by the same amounts. This cannot be undone.",
	}
	textDenyConsequence = pages.Text{
		Ko: "구매자에게 사유와 함께 거절을 알립니다. 판매자의 정산은 그대로입니다. 되돌릴 수 없습니다.",
		En: "The buyers are notified with the reason. The sellers' payouts stay as they are. This cannot be undone.",
	}
	textAcceptPayoutConsequence = pages.Text{
		Ko: "은행이 보낸 금액을 지급액으로 인정하고, 차액은 다음 정산으로 이월합니다. 되돌릴 수 없습니다.",
		En: "What the bank has paid counts as the payout; the difference goes to the seller's next settlement. This cannot " +
			"be undone.",
	}
	textPayAgainConsequence = pages.Text{
		Ko: "정산 금액을 판매자의 계좌로 다시 이체합니다. 이체한 금액은 되돌릴 수 없습니다.",
		En: "The amount is transferred to the seller's account again. A transfer cannot be taken back.",
	}
	textCarryOverConsequence = pages.Text{
		Ko: "이번에는 이체하지 않고 금액을 다음 정산으로 이월합니다. 되돌릴 수 없습니다.",
		En: "Nothing is transferred now; the amount goes to the seller's next settlement. This cannot be undone.",
	}
	textAcceptBreakConsequence = pages.Text{
		Ko: "차액을 그대로 두고 대사를 종결합니다. 판매자의 지급에는 영향이 없습니다. 되돌릴 수 없습니다.",
		En: "The discrepancy is closed and its difference stays. Payouts do not change. This cannot be undone.",
	}
	textStopBatchConsequence = pages.Text{
		Ko: "남은 워크플로는 처리하지 않습니다. 이미 실행한 작업은 되돌릴 수 없습니다.",
		En: "The remaining workflows are not touched. What has been done cannot be undone.",
	}
	textBlockConsequence = pages.Text{
		Ko: "상품이 바로 판매 중지되고 판매자에게 사유를 알립니다. 진행 중인 주문과 정산은 계속됩니다.",
		En: "The product is off sale at once, and its seller sees the reason. Orders and payouts in progress continue.",
	}
	textLockConsequence = pages.Text{
		Ko: "구매자가 모든 기기에서 로그아웃되고 다시 로그인할 수 없습니다. 진행 중인 주문과 정산은 계속됩니다.",
		En: "The buyer is logged out everywhere and cannot log in. Orders and payouts in progress continue.",
	}
	textDisputeConsequence = pages.Text{
		Ko: "인정하면 결제 금액이 판매자의 정산 금액에서 빠지고, 승소하면 그대로 지급합니다. 결정은 되돌릴 수 없습니다.",
		En: "If you accept, the sellers are paid less by the refunded pieces; if it was won, their payouts stay. A decision " +
			"cannot be undone.",
	}
	textPostConsequence = pages.Text{
		Ko: "거래 내역에 전기하며 판매자의 다음 지급액이 바뀔 수 있습니다. 전기는 반대 조정으로만 되돌립니다.",
		En: "The ledger changes, and with it the seller's next payout. It can be undone only by the opposite adjustment.",
	}
	textDisableConsequence = pages.Text{
		Ko: "바로 로그아웃되고 다시 로그인할 수 없습니다. 다시 사용하게 할 수 있습니다.",
		En: "The member is logged out at once and cannot log in until the account is enabled again.",
	}
	textResetLoginConsequence = pages.Text{
		Ko: "비밀번호와 2단계 인증을 지우고 새 초대 메일을 보냅니다. 지운 설정은 되돌릴 수 없습니다.",
		En: "Password and second factor are removed, and a new invitation is mailed. What is removed cannot be restored.",
	}
	textTurnOffConsequence = pages.Text{
		Ko: "비밀번호만으로 로그인하게 됩니다. 다시 켜려면 앱에 새로 등록해야 합니다.",
		En: "Your password alone will log you in. To turn it on again, you have to set up your app again.",
	}

	// Orders.
	textOrderSearch = pages.Text{
		Ko: "주문번호, 전화번호, 이메일, 받는 분", En: "Order number, phone, email or recipient",
	}
	textNoOrdersFound     = pages.Text{Ko: "조건에 맞는 주문이 없습니다.", En: "No orders found."}
	textNoOrdersFoundHint = pages.Text{
		Ko: "전화번호와 이메일은 전체를 입력해 주세요.", En: "Enter the whole phone number or email address.",
	}
	textAllOrders       = pages.Text{Ko: "전체 주문", En: "All orders"}
	textCancelOrder     = pages.Text{Ko: "주문 취소", En: "Cancel order"}
	textCancelOrderHint = pages.Text{
		Ko: "결제를 종료하고 재고를 돌려놓습니다. 취소한 주문은 되돌릴 수 없습니다.",
		En: "The payment is closed and the reserved pieces are released. A cancelled order cannot be reopened.",
	}
	textTrackingNumber      = pages.Text{Ko: "송장번호 (선택)", En: "Tracking number (optional)"}
	textMarkAsShipped       = pages.Text{Ko: "발송 처리", En: "Mark as shipped"}
	textMarkAsDelivered     = pages.Text{Ko: "배송 완료 처리", En: "Mark as delivered"}
	textMarkAsDeliveredHint = pages.Text{
		Ko: "구매 확정 기한이 시작되고, 기한이 지나면 판매자에게 정산됩니다. 되돌릴 수 없습니다.",
		En: "The period for returns begins. When it ends, the sellers are paid. This cannot be undone.",
	}
	textRefundOrder     = pages.Text{Ko: "전체 환불", En: "Refund order"}
	textRefundOrderHint = pages.Text{
		Ko: "남은 상품 전부를 구매자에게 환불하고 판매자의 정산 금액에서 뺍니다. 되돌릴 수 없습니다.",
		En: "The buyer is paid back for all remaining pieces, and the sellers are paid less by their amount. This cannot be " +
			"undone.",
	}
	textNoPaymentsYet         = pages.Text{Ko: "결제 내역이 없습니다.", En: "No payments yet."}
	textPaymentMethod         = pages.Text{Ko: "결제 수단", En: "Payment method"}
	textOpened                = pages.Text{Ko: "시작일시", En: "Opened"}
	textPaid                  = pages.Text{Ko: "결제일시", En: "Paid"}
	textNotes                 = pages.Text{Ko: "메모", En: "Notes"}
	textNoNotesYet            = pages.Text{Ko: "메모가 없습니다. 직원만 볼 수 있습니다.", En: "No notes yet. Only staff can read them."}
	textNewNote               = pages.Text{Ko: "새 메모", En: "New note"}
	textAddNote               = pages.Text{Ko: "메모 추가", En: "Add note"}
	textOrderChanged          = pages.Text{Ko: "주문 상태를 변경했습니다.", En: "Order updated."}
	textOrderRefundInProgress = pages.Text{Ko: "환불을 처리하고 있습니다.", En: "The refund is in progress."}
	textNoteAdded             = pages.Text{Ko: "메모를 추가했습니다.", En: "Note added."}

	// Overview.
	textTopProducts = pages.Text{Ko: "많이 팔린 상품", En: "Top products"}
	textTopSellers  = pages.Text{Ko: "매출 상위 판매자 (14일)", En: "Top sellers (14 days)"}
	textSales       = pages.Text{Ko: "매출", En: "Sales"}

	// Access log.
	textAccessLog            = pages.Text{Ko: "접근 기록", En: "Access log"}
	textData                 = pages.Text{Ko: "자료", En: "Data"}
	textDataOwner            = pages.Text{Ko: "자료 소유자", En: "Data owner"}
	textAccountNumberOfOwner = pages.Text{Ko: "소유자 계정 번호", En: "Owner's account number"}
	textRows                 = pages.Text{Ko: "행 수", En: "Rows"}
	textIPAddress            = pages.Text{Ko: "IP 주소", En: "IP address"}
	textMonthlySummary       = pages.Text{Ko: "월별 요약", En: "Monthly summary"}
	textMonth                = pages.Text{Ko: "월", En: "Month"}
	textNoEntriesInThisMonth = pages.Text{Ko: "이 달의 기록이 없습니다.", En: "No entries in this month."}
	textEntries              = pages.Text{Ko: "횟수", En: "Entries"}

	// Adjustments.
	textAdjustments                       = pages.Text{Ko: "거래 내역 조정", En: "Adjustments"}
	textAmountWon                         = pages.Text{Ko: "금액 (원)", En: "Amount (won)"}
	textSellerNumber                      = pages.Text{Ko: "판매자 번호", En: "Seller number"}
	textPost                              = pages.Text{Ko: "조정 전기", En: "Post"}
	textDiscrepancyAcceptedWithAdjustment = pages.Text{
		Ko: "조정을 전기하면 대사 불일치도 승인됩니다. 번호: ",
		En: "The discrepancy is accepted with the adjustment. Number: ",
	}
	textDebitAndCreditHint = pages.Text{
		Ko: "차변 계정은 늘고 대변 계정은 줄어듭니다. 판매자에게 줄 돈을 늘리려면 대변에 판매자 미지급금을 선택하세요. 한도를 넘으면 다른 담당자의 승인을 기다립니다.",
		En: "The debit account goes up and the credit account goes down. Credit Owed to sellers to increase what " +
			"a seller is owed. Above the policy's limit the adjustment waits for a second person.",
	}
	textNoAdjustmentsFound = pages.Text{Ko: "거래 내역 조정이 없습니다.", En: "No adjustments found."}
	textPosted             = pages.Text{Ko: "전기일", En: "Posted"}
	textStaffMember        = pages.Text{Ko: "담당자", En: "Staff"}
	textDiscrepancyPrefix  = pages.Text{Ko: "대사 불일치 ", En: "Discrepancy "}
	textApprovedBy         = pages.Text{Ko: "승인: ", En: "Approved by "}
	textChooseAnAccount    = pages.Text{Ko: "계정 선택", En: "Choose an account"}

	// Alerts.
	textAlerts     = pages.Text{Ko: "경보", En: "Alerts"}
	textAlertsHint = pages.Text{
		Ko: "조치 방법은 운영 문서의 경보 표를 참고해 주세요.",
		En: "See the table of alerts in the operations guide for what to do.",
	}
	textAlert        = pages.Text{Ko: "경보", En: "Alert"}
	textSince        = pages.Text{Ko: "발생일시", En: "Since"}
	textActionPrefix = pages.Text{Ko: "조치: ", En: "Action: "}

	// Audit log.
	textAuditLog          = pages.Text{Ko: "감사 로그", En: "Audit log"}
	textSubjectNumber     = pages.Text{Ko: "대상 번호", En: "Subject number"}
	textReasonForDownload = pages.Text{
		Ko: "내려받는 사유 (접근 기록에 남습니다)",
		En: "Reason for the download (kept in the access log)",
	}
	textBeforeAfter = pages.Text{Ko: "전 → 후", En: "Before → after"}
	textSource      = pages.Text{Ko: "출처", En: "Source"}

	// Batches.
	textNewBatch         = pages.Text{Ko: "새 일괄 작업", En: "New batch"}
	textBatches          = pages.Text{Ko: "일괄 작업", En: "Batches"}
	textBatchPrefix      = pages.Text{Ko: "일괄 작업 ", En: "Batch "}
	textStartedFrom      = pages.Text{Ko: "시작일", En: "Started from"}
	textStartedUntil     = pages.Text{Ko: "종료일", En: "Started until"}
	textNoWorkflowsFound = pages.Text{Ko: "조건에 맞는 워크플로가 없습니다.", En: "No workflows found."}
	textRunsSelected     = pages.Text{Ko: "대상 %d건", En: "%d runs selected"}
	textBatchAction      = pages.Text{Ko: "작업", En: "Action"}
	textRunsPerSecond    = pages.Text{Ko: "초당 건수", En: "Runs per second"}
	textReasonRecorded   = pages.Text{Ko: "사유 (기록에 남습니다)", En: "Reason (recorded)"}
	textStartBatchHint   = pages.Text{
		Ko: "워크플로 %d건에 이 작업을 실행합니다. 이미 실행한 작업은 되돌릴 수 없습니다.",
		En: "The action is done to %d workflows. What has been done cannot be undone.",
	}
	textStart        = pages.Text{Ko: "시작하기", En: "Start"}
	textNoBatchesYet = pages.Text{
		Ko: "일괄 작업이 없습니다.",
		En: "No batches yet. A batch runs one action on many workflows.",
	}
	textBatch                = pages.Text{Ko: "번호", En: "Batch"}
	textAdmin                = pages.Text{Ko: "관리자", En: "Admin"}
	textStarted              = pages.Text{Ko: "시작일시", En: "Started"}
	textProgress             = pages.Text{Ko: "진행", En: "Progress"}
	textQuery                = pages.Text{Ko: "대상", En: "Query"}
	textEnded                = pages.Text{Ko: "종료일시", En: "Ended"}
	textRuns                 = pages.Text{Ko: "건수", En: "Runs"}
	textAllRuns              = pages.Text{Ko: "전체", En: "all"}
	textDone                 = pages.Text{Ko: "완료", En: "done"}
	textSkipped              = pages.Text{Ko: "건너뜀", En: "skipped"}
	textFailed               = pages.Text{Ko: "실패", En: "failed"}
	textStop                 = pages.Text{Ko: "중단", En: "Stop"}
	textCheckNow             = pages.Text{Ko: "지금 조회", En: "Check now"}
	textRetryNow             = pages.Text{Ko: "지금 재시도", En: "Retry now"}
	textRestartFromBeginning = pages.Text{Ko: "처음부터 다시 실행", En: "Restart from the beginning"}
	textCancel               = pages.Text{Ko: "중단", En: "Cancel"}

	// Buyers.
	textBuyers        = pages.Text{Ko: "구매자", En: "Buyers"}
	textNoBuyersFound = pages.Text{Ko: "검색 결과가 없습니다.", En: "No buyers found."}
	textUnlock        = pages.Text{Ko: "잠금 해제", En: "Unlock"}
	textLock          = pages.Text{Ko: "잠금", En: "Lock"}

	// Categories.
	textNoCategoriesYet = pages.Text{
		Ko: "카테고리가 없습니다. 판매자가 상품을 등록하려면 카테고리가 필요합니다.",
		En: "No categories yet. Sellers need one to add products.",
	}
	textAdd              = pages.Text{Ko: "추가", En: "Add"}
	textCategoryProducts = pages.Text{Ko: "판매 중인 상품 %d개", En: "%d products on sale"}
	textSortOrder        = pages.Text{Ko: "순서", En: "Sort order"}

	// Disputes.
	textDisputes      = pages.Text{Ko: "분쟁", En: "Disputes"}
	textDisputePrefix = pages.Text{Ko: "분쟁 ", En: "Dispute "}
	textDisputesHint  = pages.Text{
		Ko: "환불 요청 없이 결제대행사에서 취소된 금액입니다. 결정할 때까지 해당 주문은 발송할 수 없습니다.",
		En: "Payments cancelled or charged back at the provider without a refund. Their orders cannot be shipped " +
			"until you decide.",
	}
	textNoDisputesFound   = pages.Text{Ko: "이 상태의 분쟁이 없습니다.", En: "No disputes found."}
	textDispute           = pages.Text{Ko: "분쟁", En: "Dispute"}
	textCause             = pages.Text{Ko: "원인", En: "Cause"}
	textOccurred          = pages.Text{Ko: "발생일시", En: "Occurred"}
	textAmountRefunded    = pages.Text{Ko: "환불 처리된 금액", En: "Amount refunded"}
	textProvidersReason   = pages.Text{Ko: "결제대행사 사유", En: "Provider's reason"}
	textCancellation      = pages.Text{Ko: "취소 번호", En: "Cancellation"}
	textApprovedProposal  = pages.Text{Ko: "2인 승인 제안", En: "Approved proposal"}
	textReasonForDecision = pages.Text{Ko: "결정 사유", En: "Reason for the decision"}
	textAcceptDispute     = pages.Text{
		Ko: "인정: 구매자에게 돌아간 금액으로 확정합니다",
		En: "Accept: the buyer keeps the money",
	}
	textContestDispute = pages.Text{
		Ko: "이의 제기: 결제대행사에 소명하고 결과를 기다립니다",
		En: "Contest: wait for the provider's decision; the order stays blocked",
	}
	textDisputeWon = pages.Text{
		Ko: "승소: 결제대행사가 금액을 다시 지급했습니다",
		En: "Won: the provider has paid the money again",
	}
	textQuantitiesToRefundHint = pages.Text{
		Ko: "인정하는 경우, 판매자 부담으로 환불 처리할 수량입니다. 나머지 금액은 마켓이 부담합니다.",
		En: "If you accept: the quantities to refund at the sellers' expense. The marketplace bears the rest.",
	}
	textNewPaymentReferenceIfWon    = pages.Text{Ko: "재지급 번호 (승소할 때 필수)", En: "New payment reference (required if won)"}
	textSecondApprovalOfDisputeHint = pages.Text{
		Ko: "환불 정책의 한도 이상이면 인정과 승소에는 다른 담당자의 승인이 필요합니다.",
		En: "Accepting or winning a dispute at or above the refund policy's limit requires a second person.",
	}
	textSaveDecision                = pages.Text{Ko: "결정 저장", En: "Save decision"}
	textCancelledInProvidersConsole = pages.Text{Ko: "결제대행사 콘솔에서 취소", En: "Cancelled in the provider's console"}
	textCancelledByProvidersStaff   = pages.Text{Ko: "결제대행사 담당자가 취소", En: "Cancelled by the provider's staff"}
	textChargeback                  = pages.Text{Ko: "카드사 이의제기", En: "Chargeback"}
	textCancellationWithoutRefund   = pages.Text{Ko: "환불 요청과 일치하지 않는 취소", En: "Cancellation without a matching refund"}

	// Notices.
	textReasonForRejection    = pages.Text{Ko: "반려 사유", En: "Reason for rejection"}
	textSellerStatusChanged   = pages.Text{Ko: "판매자 상태를 변경했습니다.", En: "Seller status changed."}
	textCheckingWithBankAgain = pages.Text{Ko: "은행에 다시 조회하고 있습니다.", En: "Checking with the bank again."}
	textDiscrepancyAccepted   = pages.Text{Ko: "대사 불일치를 승인했습니다.", En: "Discrepancy accepted."}
	textDecisionSubmitted     = pages.Text{Ko: "결정을 전달했습니다.", En: "Decision submitted."}
	textDisputeDecisionSaved  = pages.Text{Ko: "분쟁에 대한 결정을 저장했습니다.", En: "Dispute decision saved."}
	textPayoutAccountSaved    = pages.Text{
		Ko: "정산 계좌를 등록했습니다. 실패한 지급은 지급 화면에서 다시 지급할 수 있습니다.",
		En: "Payout account saved. Failed payouts can be paid again under Payouts.",
	}
	textAdjustmentPosted = pages.Text{Ko: "거래 내역 조정을 전기했습니다.", En: "Adjustment posted."}
	textProductBlocked   = pages.Text{Ko: "상품 판매를 차단했습니다.", En: "Product blocked. It can no longer be ordered."}
	textProductUnblocked = pages.Text{
		Ko: "차단을 해제했습니다. 판매자가 다시 판매할 수 있습니다.",
		En: "Product unblocked. Its seller can put it on sale again.",
	}
	textBuyerLocked     = pages.Text{Ko: "구매자 계정을 잠갔습니다.", En: "Buyer locked. Existing orders continue."}
	textBuyerUnlocked   = pages.Text{Ko: "구매자 계정의 잠금을 해제했습니다.", En: "Buyer unlocked."}
	textEndpointUpdated = pages.Text{
		Ko: "웹훅 주소를 변경했습니다.",
		En: "Endpoint updated. Waiting messages are sent unless it is paused.",
	}
	textMessageQueued            = pages.Text{Ko: "메시지를 다시 보냅니다.", En: "Message queued to be sent again."}
	textInvitationSent           = pages.Text{Ko: "초대 메일을 보냈습니다.", En: "Invitation sent."}
	textStaffAccountUpdated      = pages.Text{Ko: "직원 계정을 변경했습니다.", En: "Staff account updated."}
	textSettingsSaved            = pages.Text{Ko: "설정을 변경했습니다.", En: "Settings saved."}
	textChangeAwaitsSecondPerson = pages.Text{
		Ko: "다른 담당자의 승인을 기다립니다. 변경 제안에서 확인할 수 있습니다.",
		En: "The change awaits a second person. See Proposals.",
	}
	textProposalApproved = pages.Text{
		Ko: "변경 제안을 승인했습니다. 변경이 적용되었습니다.",
		En: "Proposal approved. The change has been made.",
	}
	textProposalRejected = pages.Text{
		Ko: "변경 제안을 반려했습니다. 아무것도 변경되지 않았습니다.",
		En: "Proposal rejected. Nothing was changed.",
	}
	textProposalWithdrawn   = pages.Text{Ko: "변경 제안을 철회했습니다.", En: "Proposal withdrawn."}
	textSecondFactorUpdated = pages.Text{Ko: "2단계 인증 설정을 변경했습니다.", En: "Second factor updated."}
	textCategoriesUpdated   = pages.Text{Ko: "카테고리를 변경했습니다.", En: "Categories updated."}
	textStoppingTheBatch    = pages.Text{Ko: "일괄 작업을 중단합니다.", En: "Stopping the batch."}
	textRefundsDecided      = pages.Text{
		Ko: "환불 %d건을 결정했습니다. 처리 중 %d건, 결정할 수 없는 건 %d건, 환불에 실패한 건 %d건.",
		En: "Refunds decided: %d, in progress: %d, not decided: %d, failed: %d.",
	}

	// Orders.
	textUnitPrice                = pages.Text{Ko: "단가", En: "Price"}
	textRefunded                 = pages.Text{Ko: "환불 수량", En: "Refunded"}
	textShippedPieces            = pages.Text{Ko: "발송 %d, 배송 완료 %d", En: "%d shipped, %d delivered"}
	textParcels                  = pages.Text{Ko: "배송", En: "Parcels"}
	textParcel                   = pages.Text{Ko: "배송 번호", En: "Parcel"}
	textCarrierAndNumber         = pages.Text{Ko: "택배사·송장번호", En: "Carrier and tracking number"}
	textDelivered                = pages.Text{Ko: "배송 완료일", En: "Delivered"}
	textShipped                  = pages.Text{Ko: "발송일", En: "Shipped"}
	textConfirmedPieces          = pages.Text{Ko: "구매 확정 %d", En: "%d confirmed"}
	textTimeline                 = pages.Text{Ko: "처리 이력", En: "Timeline"}
	textWorkflowEventsAreMissing = pages.Text{
		Ko: "Temporal이 응답하지 않아 워크플로 이력을 표시할 수 없습니다.",
		En: "Temporal is unavailable, so workflow events are missing.",
	}
	textViewPaymentWorkflow = pages.Text{Ko: "결제 워크플로 조회", En: "View payment workflow"}

	// Overview.
	textOverview            = pages.Text{Ko: "현황", En: "Overview"}
	textRefundsToDecide     = pages.Text{Ko: "결정 대기 환불", En: "Refunds to decide"}
	textSellersToApprove    = pages.Text{Ko: "승인 대기 판매자", En: "Sellers to approve"}
	textProposalsToDecide   = pages.Text{Ko: "결정 대기 변경 제안", En: "Proposals to decide"}
	textOldestPendingRefund = pages.Text{Ko: "가장 오래된 환불 요청: ", En: "Oldest pending refund: "}
	textNeedsAttention      = pages.Text{Ko: "확인이 필요한 항목", En: "Needs attention"}
	textInjectFaults        = pages.Text{
		Ko: "모의 결제사와 은행 장애 설정",
		En: "Inject faults into the simulated gateway and bank",
	}
	textSelectASection = pages.Text{Ko: "담당 업무를 위 메뉴에서 선택해 주세요.", En: "Select a section in the menu above."}

	// The money of an order.
	textMoney            = pages.Text{Ko: "대금", En: "Money"}
	textHolder           = pages.Text{Ko: "보유자", En: "Holder"}
	textMarketplace      = pages.Text{Ko: "마켓", En: "Marketplace"}
	textPaidBack         = pages.Text{Ko: "환불 완료", En: "Refunded"}
	textPaidByBuyer      = pages.Text{Ko: "구매자 결제 금액", En: "Paid by the buyer"}
	textSettlementPrefix = pages.Text{Ko: "정산 ", En: "Settlement "}

	// Payouts.
	textPayouts            = pages.Text{Ko: "지급", En: "Payouts"}
	textNoPayoutsFound     = pages.Text{Ko: "이 상태의 지급이 없습니다.", En: "No payouts found."}
	textPayout             = pages.Text{Ko: "지급", En: "Payout"}
	textFailureReason      = pages.Text{Ko: "실패 사유", En: "Failure reason"}
	textPaidByBank         = pages.Text{Ko: "은행 지급액 ", En: "Paid by the bank: "}
	textPayoutCarriedOver  = pages.Text{Ko: "이월됨", En: "Carried over"}
	textCheckWithBank      = pages.Text{Ko: "은행에 조회", En: "Check with the bank"}
	textAcceptAndCarryOver = pages.Text{Ko: "인정하고 차액 이월", En: "Accept and carry over difference"}
	textPayAgain           = pages.Text{Ko: "다시 지급", En: "Pay again"}
	textCarryOver          = pages.Text{Ko: "이월", En: "Carry over"}

	// Products.
	textProductPrefix        = pages.Text{Ko: "상품 ", En: "Product "}
	textProductNumber        = pages.Text{Ko: "상품번호", En: "Product number"}
	textNoProductsFound      = pages.Text{Ko: "이 상태의 상품이 없습니다.", En: "No products found."}
	textBlockReason          = pages.Text{Ko: "차단 사유", En: "Block reason"}
	textStock                = pages.Text{Ko: "재고", En: "Stock"}
	textUnblockedProductHint = pages.Text{
		Ko: "차단을 해제하면 숨김 상태가 되고, 판매자가 다시 판매할 수 있습니다.",
		En: "An unblocked product is hidden until its seller puts it on sale again.",
	}
	textUnblock              = pages.Text{Ko: "차단 해제", En: "Unblock"}
	textBlockReasonForSeller = pages.Text{Ko: "차단 사유 (판매자에게 보입니다)", En: "Block reason (visible to the seller)"}
	textBlock                = pages.Text{Ko: "판매 차단", En: "Block"}

	// Proposals.
	textEnterReasonToReject     = pages.Text{Ko: "반려하려면 사유를 입력해 주세요.", En: "Enter a reason to reject the proposal."}
	textProposals               = pages.Text{Ko: "변경 제안", En: "Proposals"}
	textDiscrepancy             = pages.Text{Ko: "대사 불일치", En: "Discrepancy"}
	textRefundAtSellersExpense  = pages.Text{Ko: "판매자 부담 환불", En: "Refund at the seller's expense"}
	textOrderItemQuantity       = pages.Text{Ko: "주문 상품 %d: %d개", En: "Order item %d, quantity %d"}
	textNoneInSentence          = pages.Text{Ko: "없음", En: "none"}
	textFromAmount              = pages.Text{Ko: "%s 이상", En: "from %s"}
	textBelowAmount             = pages.Text{Ko: "%s 미만", En: "below %s"}
	textAfterHours              = pages.Text{Ko: "%d시간 후", En: "after %d hours"}
	textOff                     = pages.Text{Ko: "꺼짐", En: "Off"}
	textOn                      = pages.Text{Ko: "켜짐", En: "On"}
	textAutomaticApproval       = pages.Text{Ko: "자동 승인", En: "Automatic approval"}
	textTwoPersonApprovalAmount = pages.Text{Ko: "두 사람이 승인하는 금액", En: "Two-person approval amount"}
	textReminder                = pages.Text{Ko: "결정 알림", En: "Reminder"}
	textEscalation              = pages.Text{Ko: "지연 경보", En: "Escalation"}
	textShippingChangeOfMind    = pages.Text{Ko: "배송비 (단순 변심)", En: "Shipping, change of mind"}
	textShippingWrongItem       = pages.Text{Ko: "배송비 (오배송)", En: "Shipping, wrong item"}
	textShippingDamaged         = pages.Text{Ko: "배송비 (파손)", En: "Shipping, damaged"}
	textNoProposalsFound        = pages.Text{
		Ko: "이 상태의 제안이 없습니다. 정책에서 2인 승인을 켜면 정책, 직원, 정산 계좌, 원장의 변경과 분쟁 결정이 여기에서 승인을 기다립니다.",
		En: "No proposals found. With two-person approval on, changes of policies, staff, payout accounts and " +
			"the ledger and dispute decisions wait here for a second person.",
	}
	textProposedChange           = pages.Text{Ko: "변경 내용", En: "Change"}
	textNoValuesChange           = pages.Text{Ko: "변경되는 값이 없습니다.", En: "No values change."}
	textPreviousAccountUsedSince = pages.Text{Ko: "기존 계좌 사용 시작: ", En: "Previous account used since "}
	textProposedBy               = pages.Text{Ko: "제안자", En: "Proposed by"}
	textDecidedBy                = pages.Text{Ko: "결정자", En: "Decided by"}
	textProposalEnded            = pages.Text{Ko: "종료", En: "Ended"}
	textReplacedByProposal       = pages.Text{Ko: "다른 제안으로 대체됨: ", En: "Replaced by proposal "}
	textExpires                  = pages.Text{Ko: "기한", En: "Expires"}
	textAwaitingSecondPerson     = pages.Text{
		Ko: "다른 담당자의 승인을 기다립니다. 결정할 수 있는 역할: ",
		En: "Awaiting a second person. Roles that can decide: ",
	}
	textWithdraw               = pages.Text{Ko: "철회", En: "Withdraw"}
	textReasonRequiredToReject = pages.Text{Ko: "사유 (반려할 때 필수)", En: "Reason (required to reject)"}
	textReject                 = pages.Text{Ko: "반려", En: "Reject"}
	textRolesThatCanDecide     = pages.Text{Ko: "결정할 수 있는 역할: ", En: "Roles that can decide: "}

	// Reconciliation.
	textReconciliation       = pages.Text{Ko: "대사", En: "Reconciliation"}
	textNoDiscrepanciesFound = pages.Text{
		Ko: "이 상태의 불일치가 없습니다. 매일 새벽 5시에 대사합니다.",
		En: "No discrepancies found. Reconciliation runs daily at 05:00.",
	}
	textProvider               = pages.Text{Ko: "결제사", En: "Provider"}
	textClass                  = pages.Text{Ko: "종류", En: "Class"}
	textDifference             = pages.Text{Ko: "차이", En: "Difference"}
	textResolvingAutomatically = pages.Text{Ko: "자동 해결 중", En: "Resolving automatically"}
	textAcceptAsIs             = pages.Text{Ko: "그대로 승인", En: "Accept as is"}
	textAdjustAndAccept        = pages.Text{Ko: "조정하고 승인", En: "Adjust and accept"}

	// Refunds.
	textNoRefundsFound = pages.Text{Ko: "이 상태의 환불이 없습니다.", En: "No refunds found."}
	textSearchHint     = pages.Text{
		Ko: "주문, 구매자, 판매자, 상품, 결제 검색", En: "Find an order, buyer, seller, product or payment",
	}
	textRefundFailedHint = pages.Text{
		Ko: "환불하지 못했습니다. 다시 승인하면 재시도하고, 거절하면 종료됩니다. 계좌로 직접 이체했다면 수기 지급으로 기록해 주세요.",
		En: "The money was not paid back. Approve again to retry, or deny to close the refund. If you have transferred " +
			"it from the bank account, record it as paid by hand.",
	}
	textPaidByHand     = pages.Text{Ko: "수기 지급", En: "Paid by hand"}
	textPaidByHandHint = pages.Text{
		Ko: "결제대행사가 계속 거절할 때, 구매자 계좌로 직접 이체한 뒤에 기록합니다.",
		En: "For a refund that the provider keeps rejecting: transfer the amount to the buyer first, then record it here.",
	}
	textHowPaid               = pages.Text{Ko: "지급 방법 (은행, 이체일)", En: "How it was paid (bank, date)"}
	textRecordPaidByHand      = pages.Text{Ko: "수기 지급으로 기록", En: "Record as paid by hand"}
	textPaidByHandConsequence = pages.Text{
		Ko: "환불이 완료 처리되고 구매자에게 알립니다. 결제대행사로는 다시 환불하지 않으며 되돌릴 수 없습니다.",
		En: "The refund is completed and the buyer is notified. Nothing is sent to the provider. This cannot be undone.",
	}
	textFourEyesHint = pages.Text{
		Ko: "금액이 커서 두 사람이 승인해야 환불됩니다. 첫 승인 후에는 다른 담당자의 승인을 기다립니다.",
		En: "Two people have to approve this amount. After the first approval it waits for another member of staff.",
	}
	textQuantitySold     = pages.Text{Ko: "판매 수량", En: "Quantity sold"}
	textNothingFoundHint = pages.Text{
		Ko: "주문번호, 이메일 주소, 상호나 상품명의 일부, 결제번호 또는 번호를 입력해 주세요.",
		En: "Type an order number, an email address, a part of a store's or product's name, a payment number or an id.",
	}
	textNothingFound       = pages.Text{Ko: "검색 결과가 없습니다", En: "Nothing found"}
	textSalesLast14Days    = pages.Text{Ko: "최근 14일 매출", En: "Sales of the last 14 days"}
	textTechnicalEvents    = pages.Text{Ko: "워크플로 기록 (%d)", En: "Workflow events (%d)"}
	textRequestedItems     = pages.Text{Ko: "환불 요청 상품", En: "Items to refund"}
	textPiecesOf           = pages.Text{Ko: "%d개 (주문 %d개)", En: "%d of %d"}
	textWaiting            = pages.Text{Ko: "경과", En: "Waiting"}
	textDeleteCategoryHint = pages.Text{
		Ko: "삭제하면 되돌릴 수 없습니다. 상품이 있는 카테고리는 삭제되지 않습니다.",
		En: "A deleted category cannot be restored. One that has products is not deleted.",
	}
	textSelect                 = pages.Text{Ko: "선택", En: "Select"}
	textRefundPrefix           = pages.Text{Ko: "환불 ", En: "Refund "}
	textTwoApprovals           = pages.Text{Ko: "2인 승인", En: "two approvals"}
	textOverdue                = pages.Text{Ko: "지연", En: "overdue"}
	textDecideSelected         = pages.Text{Ko: "선택한 환불 결정", En: "Decide selected"}
	textReasonRequiredToDeny   = pages.Text{Ko: "사유 (거절할 때 필수)", En: "Reason (required to deny)"}
	textRestockReturnedItems   = pages.Text{Ko: "반품 상품 재입고", En: "Restock returned items"}
	textDeny                   = pages.Text{Ko: "거절", En: "Deny"}
	textReasonForDenial        = pages.Text{Ko: "거절 사유", En: "Reason for denial"}
	textFailure                = pages.Text{Ko: "실패", En: "Failure"}
	textTwoPeopleHaveToApprove = pages.Text{Ko: "두 담당자의 승인이 필요합니다.", En: "Two people have to approve this refund."}
	textFirstApprovedByAdmin   = pages.Text{Ko: "첫 승인: ", En: "First approved by "}
	textThenByAdmin            = pages.Text{Ko: ", 다음 승인: ", En: ", then by "}
	textReturnShipping         = pages.Text{Ko: "반품 배송비", En: "Return shipping"}
	textDeadline               = pages.Text{Ko: "기한", En: "Deadline"}
	textOverdueSince           = pages.Text{Ko: "기한이 지났습니다: ", En: "Overdue since "}
	textViewWorkflow           = pages.Text{Ko: "워크플로 조회", En: "View workflow"}

	// Sellers.
	textSellers             = pages.Text{Ko: "판매자", En: "Sellers"}
	textEmailConfirmed      = pages.Text{Ko: "이메일 확인", En: "Email confirmed"}
	textSellerHasToOpenLink = pages.Text{
		Ko: "판매자가 메일의 링크를 열어야 합니다.",
		En: "The seller has to open the link in the email.",
	}
	textApproved              = pages.Text{Ko: "승인", En: "Approved"}
	textApproveItBelow        = pages.Text{Ko: "아래에서 승인할 수 있습니다.", En: "Approve it below."}
	textProductOnSale         = pages.Text{Ko: "판매 중인 상품", En: "A product on sale"}
	textSellerHasToAddProduct = pages.Text{Ko: "판매자가 상품을 등록해야 합니다.", En: "The seller has to put a product on sale."}
	textFirstSale             = pages.Text{Ko: "첫 판매", En: "First sale"}
	textNotYet                = pages.Text{Ko: "아직 없습니다.", En: "Not yet."}
	textPayoutsEnabled        = pages.Text{Ko: "지급 가능", En: "Payouts enabled"}
	textReasonsOfPayoutHold   = pages.Text{
		Ko: "보류, 정지 또는 계좌 변경 중입니다.",
		En: "On hold, not approved or account recently changed.",
	}
	textOnboarding     = pages.Text{Ko: "입점 단계", En: "Onboarding"}
	textCompleted      = pages.Text{Ko: "완료", En: "Completed"}
	textIncomplete     = pages.Text{Ko: "미완료", En: "Incomplete"}
	textStatement      = pages.Text{Ko: "정산서", En: "Statement"}
	textOpen           = pages.Text{Ko: "열기", En: "Open"}
	textNoSellersFound = pages.Text{Ko: "이 상태의 판매자가 없습니다.", En: "No sellers found."}
	textHoldPayouts    = pages.Text{Ko: "지급도 보류", En: "Hold payouts"}

	// Settings.
	textSettings                    = pages.Text{Ko: "설정", En: "Settings"}
	textEnterAnAmount               = pages.Text{Ko: "0원 이상의 금액을 입력해 주세요.", En: "Enter an amount of at least ₩0."}
	textEnterAtLeastAutomaticAmount = pages.Text{
		Ko: "자동 승인 금액 이상을 입력하거나 비워 두세요.",
		En: "Enter at least the amount approved automatically, or leave this blank.",
	}
	textEnter1To720Hours           = pages.Text{Ko: "1~720시간을 입력해 주세요.", En: "Enter 1 to 720 hours."}
	textEnterMoreHoursThanReminder = pages.Text{
		Ko: "알림보다 늦고 2160시간 이하여야 합니다.",
		En: "Enter more hours than before the reminder, at most 2,160.",
	}
	textEnter1To1000              = pages.Text{Ko: "1~1,000을 입력해 주세요.", En: "Enter 1 to 1,000."}
	textEnter1To1000000           = pages.Text{Ko: "1~1,000,000을 입력해 주세요.", En: "Enter 1 to 1,000,000."}
	textEnterAtMostConfirmedLimit = pages.Text{
		Ko: "1 이상, 이메일을 확인한 구매자의 한도 이하여야 합니다.",
		En: "Enter at least 1, and at most the limit of buyers with a confirmed email address.",
	}
	textOrdersSuffix             = pages.Text{Ko: ": 주문", En: ": orders"}
	textQuantitySuffix           = pages.Text{Ko: ": 수량", En: ": quantity"}
	textQuantityPerProductSuffix = pages.Text{Ko: ": 상품별 수량", En: ": quantity per product"}
	textConfirmedEmailAddress    = pages.Text{Ko: "확인된 이메일", En: "Confirmed email address"}
	textUnconfirmedEmailAddress  = pages.Text{Ko: "미확인 이메일", En: "Unconfirmed email address"}
	textTwoPersonApprovalIsOn    = pages.Text{
		Ko: "2인 승인이 켜져 있습니다. 변경은 다른 소유자가 승인한 뒤 적용됩니다.",
		En: "Two-person approval is on. Changes take effect once another owner approves them.",
	}
	textRefundPolicy          = pages.Text{Ko: "환불 정책", En: "Refund policy"}
	textUnpaidOrderLimits     = pages.Text{Ko: "미결제 주문 한도", En: "Unpaid order limits"}
	textUnpaidOrderLimitsHint = pages.Text{
		Ko: "구매자 한 명의 미결제 주문 한도입니다. 이후의 주문부터 적용됩니다.",
		En: "Limits on the unpaid orders of one buyer. They apply to new orders.",
	}
	textApproveAutomaticallyBelow = pages.Text{Ko: "이 금액 미만은 자동 승인 (원)", En: "Approve automatically below (₩)"}
	textApproveByTwoPeopleFrom    = pages.Text{
		Ko: "이 금액 이상은 두 사람이 승인 (원, 비우면 없음)",
		En: "Approve by two people from (₩, blank for none)",
	}
	textHoursBeforeReminder      = pages.Text{Ko: "결정 알림까지의 시간", En: "Hours before a reminder"}
	textHoursBeforeEscalation    = pages.Text{Ko: "지연 경보까지의 시간", En: "Hours before the escalation"}
	textReturnShippingPrefix     = pages.Text{Ko: "반품 배송비: ", En: "Return shipping: "}
	textRequireTwoPersonApproval = pages.Text{
		Ko: "정책, 한도, 직원, 정산 계좌의 변경에 두 사람의 승인 필요 (2인 승인)",
		En: "Two-person approval of changes of policies, limits, staff and payout accounts",
	}
	textConfirmedBuyers    = pages.Text{Ko: "이메일을 확인한 구매자", En: "Buyers with a confirmed email address"}
	textOtherBuyers        = pages.Text{Ko: "그 밖의 구매자", En: "Other buyers"}
	textNumberOfOrders     = pages.Text{Ko: "주문 수", En: "Orders"}
	textTotalQuantity      = pages.Text{Ko: "전체 수량", En: "Total quantity"}
	textQuantityPerProduct = pages.Text{Ko: "상품별 수량", En: "Quantity per product"}

	// Staff and own account.
	textStaff                 = pages.Text{Ko: "직원", En: "Staff"}
	textMyAccount             = pages.Text{Ko: "내 계정", En: "My account"}
	textChooseARole           = pages.Text{Ko: "역할 선택", En: "Choose a role"}
	textNoAccountsFound       = pages.Text{Ko: "이 상태의 계정이 없습니다.", En: "No accounts found."}
	textSecondFactor          = pages.Text{Ko: "2단계 인증", En: "Second factor"}
	textAccess                = pages.Text{Ko: "접근", En: "Access"}
	textYes                   = pages.Text{Ko: "사용", En: "Yes"}
	textNo                    = pages.Text{Ko: "없음", En: "No"}
	textInvite                = pages.Text{Ko: "직원 초대", En: "Invite"}
	textSendInvitation        = pages.Text{Ko: "초대 메일 보내기", En: "Send an invitation"}
	textOwnAccount            = pages.Text{Ko: "내 계정", En: "Your own account"}
	textEnable                = pages.Text{Ko: "다시 사용", En: "Enable"}
	textDisable               = pages.Text{Ko: "중지", En: "Disable"}
	textResetLogin            = pages.Text{Ko: "인증 초기화", En: "Reset login"}
	textSetUpFactorToContinue = pages.Text{
		Ko: "계속하려면 2단계 인증을 설정해 주세요.",
		En: "Set up a second factor to continue.",
	}
	textScanCodeHint = pages.Text{
		Ko: "인증 앱으로 코드를 스캔하거나 아래 키를 입력한 뒤, 앱에 표시된 번호를 입력해 주세요.",
		En: "Scan the code with an authenticator app, or enter the key in it. Then enter the number that the app " +
			"shows.",
	}
	textQRCode                       = pages.Text{Ko: "QR 코드", En: "QR code"}
	textTurnOn                       = pages.Text{Ko: "설정 완료", En: "Turn on"}
	textLoginRequiresOneTimePassword = pages.Text{
		Ko: "로그인할 때 일회용 비밀번호를 사용합니다.",
		En: "Logging in requires a one-time password.",
	}
	textTurnOff          = pages.Text{Ko: "사용 중지", En: "Turn off"}
	textSecondFactorHint = pages.Text{
		Ko: "인증 앱의 일회용 비밀번호로 계정을 보호합니다.",
		En: "One-time passwords of an authenticator app protect your account.",
	}
	textSetUp = pages.Text{Ko: "설정하기", En: "Set up"}

	// Webhooks.
	textWebhooks       = pages.Text{Ko: "웹훅", En: "Webhooks"}
	textWebhookPrefix  = pages.Text{Ko: "웹훅 ", En: "Webhook "}
	textActive         = pages.Text{Ko: "사용 중", En: "Active"}
	textPaused         = pages.Text{Ko: "중지됨", En: "Paused"}
	textTheMarketplace = pages.Text{Ko: "마켓 전체", En: "The marketplace"}
	textNoEndpointsYet = pages.Text{
		Ko: "등록된 주소가 없습니다. 판매자는 POST /seller/webhooks로, 운영자는 POST /admin/webhooks로 등록합니다.",
		En: "No endpoints yet. Sellers create them with POST /seller/webhooks, admins with POST /admin/webhooks.",
	}
	textOwner            = pages.Text{Ko: "소유자", En: "Owner"}
	textEvents           = pages.Text{Ko: "이벤트", En: "Events"}
	textRetryEndpointNow = pages.Text{Ko: "지금 다시 시도", En: "Retry now"}
	textPause            = pages.Text{Ko: "중지", En: "Pause"}
	textResume           = pages.Text{Ko: "다시 시작", En: "Resume"}
	textMessages         = pages.Text{Ko: "메시지", En: "Messages"}
	textNoMessagesYet    = pages.Text{Ko: "메시지가 없습니다.", En: "No messages yet."}
	textEvent            = pages.Text{Ko: "이벤트", En: "Event"}
	textAttempts         = pages.Text{Ko: "시도 %d회", En: "attempts: %d"}
	textSendAgain        = pages.Text{Ko: "다시 보내기", En: "Send again"}

	// Withdrawn sellers.
	textWithdrawnSellerPrefix = pages.Text{Ko: "탈퇴한 판매자 ", En: "Withdrawn seller "}
	textWithdrawn             = pages.Text{Ko: "탈퇴일", En: "Withdrawn"}
	textNone                  = pages.Text{Ko: "없음", En: "None"}
	textEnterPayoutAccount    = pages.Text{Ko: "정산 계좌 등록", En: "Payout account"}
	textReturnedPayoutsHint   = pages.Text{
		Ko: "탈퇴한 뒤 반환된 지급은 이 계좌로 다시 지급합니다. 모두 지급하면 계좌번호를 삭제합니다.",
		En: "Payouts returned after the withdrawal are paid to this account. Its number is erased once " +
			"everything is paid.",
	}
	textSaveAccount = pages.Text{Ko: "등록", En: "Save"}
)
