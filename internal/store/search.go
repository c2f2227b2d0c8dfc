package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// walkRows is how many products a search reads in the list's order before it uses the search index.
const walkRows = 4_000

// search finds products of a list by keyword in two steps of bounded cost. A common word is found by reading
// the list in its order: a page is full after a few rows. If that does not fill a page, the word is
// rare, and the search index returns its few products. Either plan alone would read a million rows
// for the other kind of word, and PostgreSQL's statistics cannot distinguish them for words outside
// of the sample.
func (s CatalogueStore) search(
	ctx context.Context, l list[db.Product, market.Product], keyword string, req market.PageRequest,
) (market.Page[market.Product], error) {
	order, err := l.resolve(req)
	if err != nil {
		return market.Page[market.Product]{}, err
	}
	offset := req.Page * req.Size
	if order.after != nil {
		offset = 0
	}
	if offset > countLimit {
		return market.Page[market.Product]{}, market.RefuseWith(market.CodeInvalidInput,
			market.DetailSearchPagesBounded,
			countLimit)
	}
	keyword = strings.ToLower(keyword)
	pattern := "%" + likeEscaper.Replace(keyword) + "%"

	if offset < walkRows {
		args := append(slices.Clone(l.args), pattern)
		query := fmt.Sprintf(`SELECT %s, %s, t.id FROM (
				SELECT t.* FROM products t WHERE %s%s ORDER BY %s LIMIT %d) t
			WHERE product_search_text(t.name, t.description) LIKE %[9]s ORDER BY %[5]s LIMIT %[7]d OFFSET %[8]d`,
			columns[db.Product](), order.values(), l.where, order.seek(&args), order.by(false), walkRows, req.Size+1,
			offset, placeholder(len(l.args)+1))
		elements, err := l.read(ctx, s.pool, query, args)
		if err != nil {
			return market.Page[market.Product]{}, err
		}
		if len(elements) > req.Size {
			return result(req, order, elements, int64(offset+len(elements)), true), nil
		}
	}
	return s.searchIndexed(ctx, l, keyword, pattern, order, offset, req)
}

// searchIndexed collects all matches through the search index, up to
// countLimit of them, and sorts them.
func (s CatalogueStore) searchIndexed(
	ctx context.Context, l list[db.Product, market.Product], keyword, pattern string, order ordering, offset int,
	req market.PageRequest,
) (p market.Page[market.Product], err error) {
	args := append(slices.Clone(l.args), pattern)
	like := " LIKE " + placeholder(len(args))
	condition := "product_search_text(t.name, t.description)" + like
	if !hasTrigram(keyword) {
		// The empty string hides the pattern from the trigram index, which would be scanned whole for
		// a pattern without a trigram.
		args = append(args, grams(keyword))
		condition = "product_search_text(t.name, t.description) || ''" + like +
			" AND search_grams(product_search_text(t.name, t.description)) @> " + placeholder(len(args))
	}
	counted := len(args)
	seek := order.seek(&args)
	query := fmt.Sprintf(`WITH m AS MATERIALIZED (SELECT t.* FROM products t WHERE %s AND %s)
		SELECT %s, %s, t.id FROM m t WHERE true%s ORDER BY %s LIMIT %d OFFSET %d`,
		l.where, condition, columns[db.Product](), order.values(), seek, order.by(false), req.Size+1, offset)
	count := fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM products t WHERE %s AND %s LIMIT %d) c`, l.where, condition,
		countLimit+1)

	var elements []element[market.Product]
	var total int64
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		// Force the search index; the statistics of the word may be wrong.
		if _, err := tx.Exec(ctx,
			"SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off"); err != nil {
			return err
		}
		var err error
		if elements, err = l.read(ctx, tx, query, args); err != nil {
			return err
		}
		if order.after == nil && len(elements) <= req.Size && (offset == 0 || len(elements) > 0) {
			total = int64(offset + len(elements)) // the last page: its end is the total
			return nil
		}
		return tx.QueryRow(ctx, count, args[:counted]...).Scan(&total)
	})
	return result(req, order, elements, min(total, countLimit), total > countLimit), translate(err)
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// hasTrigram reports whether a word has three letters or digits in a row, which the trigram index
// needs.
func hasTrigram(keyword string) bool {
	run := 0
	for _, r := range keyword {
		run++
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			run = 0
		}
		if run == 3 {
			return true
		}
	}
	return false
}

// grams returns the pairs of adjacent characters in a word, or the word itself if it has one
// character: the values that the function search_grams indexes.
func grams(keyword string) []string {
	runes := []rune(keyword)
	if len(runes) == 1 {
		return []string{keyword}
	}
	var pairs []string
	for i := range len(runes) - 1 {
		pairs = append(pairs, string(runes[i:i+2]))
	}
	return pairs
}
