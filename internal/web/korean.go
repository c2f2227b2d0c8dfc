package web

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/all-in-market/market/internal/market"
)

// elementName matches the name of an element of a list, as the validator counts them, and of a field of a form that
// has one for each id.
var elementName = regexp.MustCompile(`^(\w+)(?:\[(\d+)\]|-\d+)$`)

// KoreanName returns the name of a field for readers of Korean. A field of an object, "verified.orders", comes after
// the object, an element of a list, "cartItemIds[2]", before its place. Names that koreanFields does not have, such as
// a parameter that a client has made up, stay as they are.
func KoreanName(field string) string {
	parts := strings.Split(field, ".")
	for i, part := range parts {
		place := ""
		if m := elementName.FindStringSubmatch(part); m != nil {
			part = m[1]
			if n, err := strconv.Atoi(m[2]); err == nil && part != "pieces" { // its indexes are ids
				place = fmt.Sprintf(" %d번째", n+1)
			}
		}
		if name, ok := koreanFields[part]; ok {
			parts[i] = name + place
		}
	}
	return strings.Join(parts, " ")
}

// namedInKorean returns the arguments of a detail with the names of fields among them for readers of Korean.
func namedInKorean(d market.Detail, args []any) []any {
	names := 0
	switch group, _, _ := strings.Cut(string(d), "."); {
	case d == market.DetailNotTogether:
		names = 2
	case group == "field" && d != market.DetailParameterUnknown: // whose names are to be typed
		names = 1
	}
	named := append([]any(nil), args...)
	for i := range named[:min(names, len(named))] {
		if name, ok := named[i].(string); ok {
			named[i] = KoreanName(name)
		}
	}
	return named
}

// argument matches the place of an argument in a Korean text, with the two forms of the particle after it.
var argument = regexp.MustCompile(`%[a-z](은\(는\)|이\(가\)|을\(를\)|와\(과\)|\(으\)로)?`)

// sprintKorean formats a Korean text. Of "%s은(는)" and the other particles it keeps the form that follows the
// argument: 가격은, 재고는.
func sprintKorean(text string, args []any) string {
	n := -1
	text = argument.ReplaceAllStringFunc(text, func(place string) string {
		if n++; n >= len(args) {
			return place
		}
		verb, particle := place[:2], place[2:]
		return verb + particleAfter(fmt.Sprintf(verb, args[n]), particle)
	})
	return fmt.Sprintf(text, args...)
}

// particleAfter returns the form of a particle that follows a word, by its last sound. After a word whose last sound is
// unknown, both forms stay.
func particleAfter(word, particle string) string {
	last := finalOf(word)
	if last == finalUnknown {
		return particle
	}
	consonant := last != finalNone
	switch particle {
	case "은(는)":
		return map[bool]string{true: "은", false: "는"}[consonant]
	case "이(가)":
		return map[bool]string{true: "이", false: "가"}[consonant]
	case "을(를)":
		return map[bool]string{true: "을", false: "를"}[consonant]
	case "와(과)":
		return map[bool]string{true: "과", false: "와"}[consonant]
	case "(으)로":
		return map[bool]string{true: "으로", false: "로"}[last == finalOther]
	}
	return particle
}

// final is the consonant at the end of a word. 로 follows ㄹ as it follows a vowel.
type final int

const (
	finalUnknown final = iota
	finalNone
	finalRieul
	finalOther
)

// finals maps digits (by their names: 영, 일, 이, ...) and letters that end in a consonant to that
// consonant.
var finals = map[rune]final{
	'0': finalOther, '1': finalRieul, '2': finalNone, '3': finalOther, '4': finalNone, '5': finalNone, '6': finalOther,
	'7': finalRieul, '8': finalRieul, '9': finalNone, 'l': finalRieul, 'm': finalOther, 'n': finalOther,
	'r': finalRieul,
}

// finalOf returns the final of a word's last letter: of a Korean syllable, or of the name of a Latin letter or a digit.
func finalOf(word string) final {
	const first, last, finalsPerVowel, rieul = '가', '힣', 28, 8
	r, _ := utf8.DecodeLastRuneInString(strings.ToLower(word))
	switch {
	case r >= first && r <= last:
		switch (r - first) % finalsPerVowel {
		case 0:
			return finalNone
		case rieul:
			return finalRieul
		}
		return finalOther
	case finals[r] != finalUnknown:
		return finals[r]
	case r >= 'a' && r <= 'z':
		return finalNone
	}
	return finalUnknown
}
