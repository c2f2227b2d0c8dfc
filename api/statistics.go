package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) getDashboard(w http.ResponseWriter, r *http.Request) error {
	sellerID, today := web.Caller(r).ID, s.Store.Today()
	data, err := s.Cache.Get(r.Context(), cache.DashboardGroup(sellerID), today.String(), cache.DashboardTTL,
		func(ctx context.Context) (any, error) {
			return s.Store.Dashboard(ctx, market.SellerID(sellerID), today)
		})
	if err != nil {
		return err
	}
	return web.RespondCached(w, r, web.Own, data)
}

// refreshDashboard takes in at once what the next roll-up would.
func (s *Server) refreshDashboard(w http.ResponseWriter, r *http.Request) error {
	err := s.Store.RollUp(r.Context(), s.Cache.DashboardsChanged(r.Context()))
	if err != nil {
		return err
	}
	return s.getDashboard(w, r)
}

func (s *Server) dailyStatistics(w http.ResponseWriter, r *http.Request) error {
	day, err := web.PathDay(r, "date")
	if err != nil {
		return err
	}
	statistics, err := s.Store.DailyStatistics(r.Context(), web.Seller(r), day)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, statistics)
}

func (s *Server) summarizeStatistics(w http.ResponseWriter, r *http.Request) error {
	from, to, err := web.Days(r)
	if err != nil {
		return err
	}
	unit := r.URL.Query().Get("groupBy")
	if unit != "" && !slices.Contains(store.StatisticsUnits, unit) {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailNotOneOf, "groupBy",
			strings.Join(store.StatisticsUnits, ", "))
	}
	summary, err := s.Store.SummarizeStatistics(r.Context(), web.Seller(r), from, to, unit)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, summary)
}

// rankProducts responds with up to size products.
func (s *Server) rankProducts(w http.ResponseWriter, r *http.Request) error {
	from, to, err := web.Days(r)
	if err != nil {
		return err
	}
	size := 10
	if q := r.URL.Query().Get("size"); q != "" {
		if size, err = strconv.Atoi(q); err != nil || size < 1 || size > market.MaxPageSize {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailSizeOutOfRange, market.MaxPageSize)
		}
	}
	ranks, err := s.Store.RankProducts(r.Context(), web.Seller(r), from, to, int32(size))
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, ranks)
}

// getStatement answers with a settlement as a page to print, or as a file.
func (s *Server) getStatement(w http.ResponseWriter, r *http.Request) error {
	return reports.Statement(w, r, s.Store, s.Issuer, web.Seller(r))
}

func (s *Server) listSettlements(w http.ResponseWriter, r *http.Request) error {
	page, err := web.OldestFirst(r, 10)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.SettlementStatus](r, "status")
	if err != nil {
		return err
	}
	sellerID := web.Caller(r).ID
	cached := cachedPages{cache.SettlementsGroup(sellerID), cache.SettlementsTTL, cachedSettlementPages, web.Own}
	if status != nil {
		cached.first = 0
	}
	return s.respondPage(w, r, page, cached, func(ctx context.Context, from Lists) (any, error) {
		return from.Settlements(ctx, market.SellerID(sellerID), status, page)
	})
}
