package pages

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig/browser"
)

const formsPage = `<!DOCTYPE html><html lang="en"><head><title>t</title></head><body>
<form method="get" action="/a"><label>q <input name="name"></label></form>
<form method="post" action="/a"><input type="hidden" name="form" value="one"><label>n <input name="name"></label></form>
<form method="post" action="/a?status=OPEN"><input type="hidden" name="form" value="two">
<input type="hidden" name="key" value="new">
<label>n <input name="name" value="old"></label><label>m <input name="name" value="second"></label>
<label>t <textarea name="text">old</textarea></label><label>p <input type="password" name="password"></label>
<label>c <select name="choice"><option value="a" selected>a</option><option value="b">b</option></select></label>
<label>x <input type="checkbox" name="on" checked></label><label>y <input type="checkbox" name="row" value="2"></label>
<label>r <input type="radio" name="why" value="1" checked></label>
<label>s <input type="radio" name="why" value="2"></label>
<button name="do" value="it">b</button></form></body></html>`

func TestRefill_Form_HasWhatWasTypedAndItsProblems(t *testing.T) {
	t.Parallel()
	typed := url.Values{
		"form": {"two"}, "key": {"old"}, "name": {`"><b>`, "other"}, "text": {"\na\n</textarea>"},
		"password": {"secret"}, "choice": {"b"}, "row": {"2"}, "why": {"2"}, "do": {"it"}, "unknown": {"x"},
	}
	again, found := refill([]byte(formsPage), "/a", typed, []Problem{
		{Field: "text", Message: "<too long>"}, {Message: "all of it"}, {Field: "unknown", Message: "no field"},
		{Field: "why", Message: "choose"},
	})
	require.True(t, found)
	require.NotContains(t, string(again), "secret")
	page := browser.Parse(t, string(again))
	require.Equal(t, []string{"no field", "all of it", "<too long>", "choose"}, page.Alerts)
	shown := page.Forms[2]
	want := url.Values{}
	for name, values := range typed {
		if name != "do" && name != "unknown" {
			want[name] = values
		}
	}
	want.Set("password", "")
	require.Equal(t, want, shown.Values())
	require.True(t, shown.Field("text").Invalid)
	require.True(t, shown.Field("why").Invalid)
	require.False(t, shown.Field("name").Invalid)
	require.Empty(t, page.Forms[1].Field("name").Value, "the other form is as it was")
	require.Empty(t, page.Forms[0].Field("name").Value)

	typed.Set("choice", "none")
	again, found = refill([]byte(formsPage), "/a", typed, nil)
	require.True(t, found)
	require.Equal(t, "a", browser.Parse(t, string(again)).Forms[2].Field("choice").Value)
	for path, form := range map[string]string{"/b": "two", "/a": "three"} {
		typed.Set("form", form)
		_, found = refill([]byte(formsPage), path, typed, nil)
		require.False(t, found, path)
	}
}
