package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/all-in-market/market/internal/market"
)

// documentedFields returns the names in api/openapi.yaml that a client sends: parameters of queries and paths, and the
// properties of bodies with those of the objects in them.
func documentedFields(t *testing.T) (names []string) {
	t.Helper()
	content, err := os.ReadFile("../../api/openapi.yaml")
	require.NoError(t, err)
	var file yaml.Node
	require.NoError(t, yaml.Unmarshal(content, &file))
	root := file.Content[0]
	resolve := func(n *yaml.Node) *yaml.Node {
		for ref := child(n, "$ref"); ref != nil; ref = child(n, "$ref") {
			n = root
			for _, name := range strings.Split(strings.TrimPrefix(ref.Value, "#/"), "/") {
				n = child(n, name)
			}
		}
		return n
	}
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var properties func(n *yaml.Node)
	properties = func(n *yaml.Node) {
		n = resolve(n)
		if of := child(n, "properties"); of != nil {
			for _, p := range pairs(of) {
				add(p[0].Value)
			}
		}
		for _, inner := range n.Content {
			properties(inner)
		}
	}
	for _, path := range pairs(child(root, "paths")) {
		for _, operation := range pairs(path[1]) {
			parameters := child(operation[1], "parameters")
			if operation[0].Value == "parameters" {
				parameters = operation[1]
			}
			if parameters != nil {
				for _, p := range parameters.Content {
					if p = resolve(p); child(p, "in").Value != "header" {
						add(child(p, "name").Value)
					}
				}
			}
			if body := child(operation[1], "requestBody"); body != nil {
				for _, content := range pairs(child(resolve(body), "content")) {
					properties(child(content[1], "schema"))
				}
			}
		}
	}
	return names
}

// sourceFields returns the names of fields in the sources: of structs with rules, and of refusals of one field.
func sourceFields(t *testing.T) (names []string) {
	t.Helper()
	ofField := map[string]bool{}
	for name, d := range constants(t, "../market/details.go", "Detail") {
		ofField[name] = strings.HasPrefix(d, "field.")
	}
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.Field:
				if n.Tag == nil {
					return true
				}
				tag, err := strconv.Unquote(n.Tag.Value)
				require.NoError(t, err)
				if _, ruled := reflect.StructTag(tag).Lookup("validate"); ruled {
					name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
					names = append(names, name)
				}
			case *ast.CallExpr:
				if nameOf(n.Fun) != "RefuseWith" || len(n.Args) < 3 || !ofField[nameOf(n.Args[1])] {
					return true
				}
				if name, ok := n.Args[2].(*ast.BasicLit); ok {
					unquoted, err := strconv.Unquote(name.Value)
					require.NoError(t, err)
					names = append(names, unquoted)
				}
			}
			return true
		})
		return nil
	})
	require.NoError(t, err)
	return names
}

func TestKoreanFields_EachFieldOfARequest_HasAName(t *testing.T) {
	t.Parallel()
	documented, ofSources := documentedFields(t), sourceFields(t)
	for _, known := range []string{"offers", "refundIds", "groupBy", "addressId", "image", "quantity",
		"CHANGE_OF_MIND"} {
		require.Contains(t, documented, known)
	}
	require.Greater(t, len(ofSources), 100)
	var missing []string
	for _, name := range slices.Concat(documented, ofSources) {
		if koreanFields[name] == "" && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	require.Empty(t, missing, "koreanFields has no names for these")
	hangul := regexp.MustCompile(`^[0-9가-힣· ]+$`)
	for field, name := range koreanFields {
		require.Regexp(t, hangul, name, field)
	}
}

// It finds words such as "stock" in the Korean texts.
func TestKoreanTexts_HaveNoNamesOfFields(t *testing.T) {
	t.Parallel()
	fields, word := documentedFields(t), regexp.MustCompile(`[A-Za-z_/-]+`)
	check := func(of, text string) {
		for _, w := range word.FindAllString(text, -1) {
			require.NotContains(t, fields, w, "%s: %s", of, text)
		}
	}
	for d, text := range details {
		check(string(d), text.ko)
	}
	for code, f := range failures {
		check(string(code), f.ko)
	}
}

func TestExplain_Korean_NamesFieldsWithTheRightParticle(t *testing.T) {
	t.Parallel()
	refuse := func(d market.Detail, args ...any) error {
		return market.RefuseWith(market.CodeInvalidInput, d, args...)
	}
	for want, err := range map[string]error{
		"가격은 쉼표나 기호 없이 13000처럼 입력해 주세요.":              refuse(market.DetailNotPlainNumber, "price"),
		"부분 처리 여부는 true 또는 false여야 합니다.":              refuse(market.DetailNotBool, "partial"),
		"종료일은 오늘보다 늦을 수 없습니다.":                        refuse(market.DetailDayInFuture, "to"),
		"카테고리는 검색어와 함께 사용할 수 없습니다.":                   refuse(market.DetailNotTogether, "categoryId", "keyword"),
		"검색어는 은행과 함께 사용할 수 없습니다.":                     refuse(market.DetailNotTogether, "keyword", "bankCode"),
		"형식은 json, csv 중 하나여야 합니다.":                   refuse(market.DetailNotOneOf, "format", "json, csv"),
		"필수 입력 사항입니다: 가격·재고 변경 목록":                    refuse(market.DetailFieldRequired, "offers"),
		"잘못된 입력값입니다: 이메일을 확인한 구매자 주문 수":               refuse(market.DetailFieldInvalid, "verified.orders"),
		"잘못된 입력값입니다: 장바구니 상품 3번째":                     refuse(market.DetailFieldInvalid, "cartItemIds[2]"),
		"잘못된 입력값입니다: 수량":                              refuse(market.DetailFieldInvalid, "pieces[12]"),
		"xyzzy는 0 이상의 정수여야 합니다.":                      refuse(market.DetailNotNatural, "xyzzy"),
		"상품 11을 찾을 수 없습니다. 아무것도 변경하지 않았습니다.":          refuse(market.DetailOfferProduct, int64(11)),
		"상품 12를 찾을 수 없습니다. 아무것도 변경하지 않았습니다.":          refuse(market.DetailOfferProduct, int64(12)),
		"알 수 없는 쿼리 파라미터입니다: stat (사용 가능: page, size)": refuse(market.DetailParameterUnknown, "stat", "page, size"),
	} {
		w := httptest.NewRecorder()
		Fail(w, httptest.NewRequest(http.MethodGet, "/", nil), err)
		require.Contains(t, w.Body.String(), `"message":"`+want+`"`)
	}
}

func TestParticleAfter_Word_FollowsItsLastSound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ word, topic, subject, object, and, to string }{
		{"가격", "은", "이", "을", "과", "으로"},
		{"재고", "는", "가", "를", "와", "로"},
		{"메일", "은", "이", "을", "과", "로"}, // ㄹ
		{"13000.00", "은", "이", "을", "과", "으로"},
		{"2", "는", "가", "를", "와", "로"},
		{"8", "은", "이", "을", "과", "로"},
		{"URL", "은", "이", "을", "과", "로"},
		{"PG", "는", "가", "를", "와", "로"},
		{"(전체)", "은(는)", "이(가)", "을(를)", "와(과)", "(으)로"},
		{"", "은(는)", "이(가)", "을(를)", "와(과)", "(으)로"},
	} {
		require.Equal(t, c.word+c.topic, sprintKorean("%s은(는)", []any{c.word}))
		require.Equal(t, c.word+c.subject, sprintKorean("%s이(가)", []any{c.word}))
		require.Equal(t, c.word+c.object, sprintKorean("%s을(를)", []any{c.word}))
		require.Equal(t, c.word+c.and, sprintKorean("%s와(과)", []any{c.word}))
		require.Equal(t, c.word+c.to, sprintKorean("%s(으)로", []any{c.word}))
	}
}
