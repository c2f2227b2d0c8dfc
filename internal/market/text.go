package market

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// TextKind is the kind of a text that people type. Its zero value is TextLine.
type TextKind uint8

// The kinds of texts.
const (
	TextLine       TextKind = iota // a single line, such as a name
	TextParagraphs                 // may have several lines
	TextSecret                     // a password: blanks and invisible characters are part of it
)

// tags end the flags of regions, such as that of Scotland.
var tags = &unicode.RangeTable{R32: []unicode.Range32{{Lo: 0xE0020, Hi: 0xE007F, Stride: 1}}}

// joiners are the format characters that have an effect inside a text: on emoji, and in scripts that join letters
// or run from right to left.
var joiners = []*unicode.RangeTable{
	unicode.Join_Control, unicode.Bidi_Control, unicode.Prepended_Concatenation_Mark, tags,
}

// CanonicalText returns the canonical form of a text that was typed into a field, in which texts are stored and
// compared: Unicode's normalization form C, without blanks and invisible characters around it and without
// format characters that have no effect. A text without a visible character becomes "". Line breaks of
// TextParagraphs become "\n". CanonicalText fails with INVALID_INPUT, which names the field, for bytes that are not
// UTF-8, for the replacement character, which stands for such bytes, for control characters, for characters
// that override the direction of the text around them, and for a TextSecret that has no visible character.
// The canonical form of a canonical form is the same.
func CanonicalText(field, typed string, kind TextKind) (string, error) {
	if !utf8.ValidString(typed) || strings.ContainsRune(typed, utf8.RuneError) {
		return "", RefuseWith(CodeInvalidInput, DetailTextEncoding, field)
	}
	if kind == TextParagraphs {
		typed = lineBreaks.Replace(typed)
	}
	for _, r := range typed {
		switch {
		case r == '\n' && kind == TextParagraphs:
		case unicode.IsControl(r), unicode.In(r, unicode.Zl, unicode.Zp),
			unicode.Is(unicode.Noncharacter_Code_Point, r):
			return "", RefuseWith(CodeInvalidInput, DetailTextControl, field)
		case '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069':
			return "", RefuseWith(CodeInvalidInput, DetailTextDirection, field)
		}
	}
	visible := strings.ContainsFunc(typed, isVisible)
	if kind == TextSecret {
		if typed != "" && !visible {
			return "", RefuseWith(CodeInvalidInput, DetailFieldRequired, field)
		}
		return norm.NFC.String(typed), nil
	}
	if !visible {
		return "", nil
	}
	typed = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) && !unicode.In(r, joiners...) {
			return -1
		}
		return r
	}, typed)
	return norm.NFC.String(strings.TrimFunc(typed, isBlank)), nil
}

// lineBreaks makes the line breaks of forms and of word processors those of Unix.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\u2028", "\n", "\u2029", "\n")

// isVisible reports whether a character alone is visible on a screen.
func isVisible(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !isFiller(r)
}

// isBlank reports whether a character at an end of a text is not part of it.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || isFiller(r) ||
		unicode.Is(unicode.Cf, r) && !unicode.In(r, unicode.Prepended_Concatenation_Mark, tags)
}

// isFiller reports whether a letter or a symbol is drawn as a blank: the fillers of Hangul, the empty pattern of
// Braille, and the null notehead.
func isFiller(r rune) bool {
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || r == '\u2800' || r == '\U0001d159'
}

// Optional returns nil for a blank value, which leaves a field unchanged.
func Optional[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}
