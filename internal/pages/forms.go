package pages

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// OTPPattern matches a one-time password in a form.
var OTPPattern = fmt.Sprintf("[0-9]{%d}", market.DigitsOfOTP)

// Problem explains why a form was refused.
type Problem struct {
	Field   string // the name of the field at fault; "" for the form as a whole
	Message string
}

// problemID is the id of the element that explains the first problem of a page.
const problemID = "problem"

// messages word refusals for the readers of pages whose text for API clients names fields or tokens.
var messages = map[market.Code]Text{
	market.CodeLoginFailed:          {Ko: "이메일 또는 비밀번호를 확인해 주세요.", En: "Email address or password is wrong."},
	market.CodeCurrentPasswordWrong: {Ko: "현재 비밀번호가 일치하지 않습니다.", En: "The current password is wrong."},
	market.CodeTokenInvalid:         {Ko: "코드가 올바르지 않거나, 이미 사용되었거나, 만료되었습니다. 새 코드를 요청해 주세요.", En: "The code is wrong, has been used or has expired. Request a new one."},
}

// Explain returns the status and the message of an error for the reader of a page.
func Explain(w http.ResponseWriter, r *http.Request, err error) (status int, message string) {
	status, message = web.Explain(w, r, err)
	var refused *market.Error
	if !errors.As(err, &refused) || refused.Detail != "" {
		return status, message
	}
	if own, ok := messages[refused.Code]; ok {
		message = own.in(web.English(r))
	}
	return status, message
}
