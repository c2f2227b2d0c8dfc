package market

import (
	"strings"
	"testing"
	"testing/quick"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestCanonicalText_EqualTexts_HaveOneForm(t *testing.T) {
	t.Parallel()
	for form, spellings := range map[string][]string{
		"가방":             {"\u1100\u1161\u1107\u1161\u11bc", " 가방", "가방\u3000", "\u00a0가방\u2003", "가방\u200b", "\ufeff가방", "가\u00ad방", "\u3164가방\u2800", "가\u2060방", "\t가방"[1:]},
		"Café":           {"Cafe\u0301"},
		"O'Brien & 주식회사": {"O'Brien & 주식회사"},
		"🍊 제주 감귤 3kg":    {"🍊 제주 감귤 3kg"},
		"Café ☕":         {"Café ☕"},
		"☕️":             {" ☕\ufe0f"},
		"👩\u200d💻":       {"👩\u200d💻\u200d"},
		"🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f": {"🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f "},
		"نامه\u200cای": {"نامه\u200cای"},
		"":             {"", "   ", "\u200b\u200b", "\u3164", "\u2800", "\u00ad", "\u00a0\u00a0", "\u034f", "\u115f\u1160", "\ufe0f", "\u200d", "\u0301", "\U000e0041", "\U0001d173", "\uffa0", "\u180e", "\ue000"},
	} {
		for _, typed := range spellings {
			got, err := CanonicalText("name", typed, TextLine)
			require.NoError(t, err, "%+q", typed)
			require.Equal(t, form, got, "%+q", typed)
		}
	}
}

func TestCanonicalText_HostileTexts_AreRefusedWithTheirField(t *testing.T) {
	t.Parallel()
	for detail, texts := range map[Detail][]string{
		DetailTextEncoding:  {"\xb0\xa1\xb9\xe6", "a\xff", "\xed\xa0\x80", "a\ufffd"},
		DetailTextControl:   {"a\x00b", "a\ab", "a\rb", "a\x1b[2J", "a\x7f", "a\u0085b", "\ufdd0", "a\uffff"},
		DetailTextDirection: {"abc\u202edef", "\u202a", "a\u2066b\u2069"},
	} {
		for _, typed := range texts {
			for _, kind := range []TextKind{TextLine, TextParagraphs, TextSecret} {
				_, err := CanonicalText("storeName", typed, kind)
				var refused *Error
				require.ErrorAs(t, err, &refused, "%+q", typed)
				require.Equal(t, Error{Code: CodeInvalidInput, Detail: detail, Args: []any{"storeName"}}, *refused,
					"%+q", typed)
			}
		}
	}
	for _, typed := range []string{"a\nb", "a\r\nb", "a\tb", "a\u2028b", "a\u2029b"} {
		_, err := CanonicalText("name", typed, TextLine)
		require.ErrorContains(t, err, string(DetailTextControl), "%+q", typed)
	}
}

func TestCanonicalText_Paragraphs_KeepTheirLines(t *testing.T) {
	t.Parallel()
	got, err := CanonicalText("description", "\r\n 한 줄\r\n\n다음\u2028끝\n", TextParagraphs)
	require.NoError(t, err)
	require.Equal(t, "한 줄\n\n다음\n끝", got)
	_, err = CanonicalText("description", "a\tb", TextParagraphs)
	require.Error(t, err)
}

func TestCanonicalText_Secret_KeepsBlanksAndRefusesNothingElse(t *testing.T) {
	t.Parallel()
	got, err := CanonicalText("password", " \u1100\u1161\u200b ", TextSecret)
	require.NoError(t, err)
	require.Equal(t, " 가\u200b ", got)
	for _, blank := range []string{"        ", "\u3164\u3164\u3164\u3164\u3164\u3164\u3164\u3164"} {
		_, err = CanonicalText("password", blank, TextSecret)
		require.ErrorContains(t, err, string(DetailFieldRequired))
	}
	got, err = CanonicalText("password", "", TextSecret)
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestCanonicalText_AnyText_IsStableValidAndNeverBlank(t *testing.T) {
	t.Parallel()
	holds := func(typed string, kind TextKind) bool {
		once, err := CanonicalText("f", typed, kind)
		if err != nil {
			return once == ""
		}
		twice, err := CanonicalText("f", once, kind)
		blank := once != "" && !strings.ContainsFunc(once, isVisible)
		return err == nil && twice == once && utf8.ValidString(once) && !blank
	}
	special := []rune("가각a🏴\u2800\u0f71\u0f72\u0344" +
		"\u200b\u200d\ufe0f\u0301\u3164\u1100\u1161\u11a8\u00ad \u00a0\n\r\u2028\U000e0067\U000e007f")
	require.NoError(t, quick.Check(func(picks []uint8, random string) bool {
		var b strings.Builder
		for _, p := range picks {
			b.WriteRune(special[int(p)%len(special)])
		}
		for _, kind := range []TextKind{TextLine, TextParagraphs, TextSecret} {
			if !holds(b.String(), kind) || !holds(random, kind) || !holds(b.String()+random, kind) {
				return false
			}
		}
		return true
	}, &quick.Config{MaxCount: 20_000}))
}
