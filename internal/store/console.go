package store

import (
	"context"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// maxFound is the maximum number of sellers that Find returns.
const maxFound = 10

// Find returns the orders, payments, refunds, sellers, products and buyers whose id is typed, payments with typed as
// their number, accounts with it as their e-mail address, and sellers with it in their name.
func (s OperationStore) Find(ctx context.Context, typed string) ([]market.Hit, error) {
	search := market.Search(typed)
	pattern := ""
	if search.Text != "" {
		pattern = "%" + likeEscaper.Replace(strings.ToLower(search.Text)) + "%"
	}
	rows, err := s.q.Find(ctx, s.pool, db.FindParams{
		ID: search.OrderID, Typed: strings.TrimSpace(typed), Pattern: pattern, Most: maxFound,
	})
	hits := make([]market.Hit, len(rows))
	for i, r := range rows {
		hits[i] = market.Hit{Kind: market.HitKind(r.Kind), ID: r.ID, Name: r.Name}
	}
	return hits, translate(err)
}

// StaffNames returns the names of members of staff by their ids.
func (s StaffStore) StaffNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	rows, err := s.q.StaffNames(ctx, s.pool, ids)
	all := map[int64]string{}
	for _, r := range rows {
		all[r.ID] = r.Name
	}
	return all, translate(err)
}

// RankSellers returns up to limit sellers by their sales from one day to another, both inclusive.
func (s StatisticsStore) RankSellers(
	ctx context.Context, first, last market.Day, limit int32,
) ([]market.SellerRank, error) {
	rows, err := s.q.RankSellers(ctx, s.pool, first, last, limit)
	ranks := make([]market.SellerRank, len(rows))
	for i, r := range rows {
		ranks[i] = market.SellerRank{SellerID: r.SellerID, Orders: r.Orders, Sales: r.Sales}
	}
	return ranks, translate(err)
}

// MarketSales returns the sales of all sellers by days; days without sales are missing.
func (s StatisticsStore) MarketSales(ctx context.Context, first, last market.Day) (map[market.Day]market.Money, error) {
	rows, err := s.q.MarketSales(ctx, s.pool, first, last)
	all := map[market.Day]market.Money{}
	for _, r := range rows {
		all[r.StatDate] = r.Sales
	}
	return all, translate(err)
}
