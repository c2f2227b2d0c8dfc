package web

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
)

// List returns a handler that answers with a page of the caller's resources.
func List[C ~int64, T any](
	defaultSize int, list func(ctx context.Context, caller C, page market.PageRequest) (market.Page[T], error),
) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		page, err := Page(r, defaultSize)
		if err != nil {
			return err
		}
		content, err := list(r.Context(), C(Caller(r).ID), page)
		if err != nil {
			return err
		}
		return Respond(w, r, ReadSuccess, content)
	}
}

// status is a type of statuses that a list can be filtered by.
type status interface {
	~string
	Valid() bool
}

// ListByStatus is List with an optional status in the query. An unknown one is INVALID_INPUT.
func ListByStatus[C ~int64, S status, T any](
	defaultSize int,
	list func(ctx context.Context, caller C, status *S, page market.PageRequest) (market.Page[T], error),
) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		page, err := Page(r, defaultSize)
		if err != nil {
			return err
		}
		status, err := Enum[S](r, "status")
		if err != nil {
			return err
		}
		content, err := list(r.Context(), C(Caller(r).ID), status, page)
		if err != nil {
			return err
		}
		return Respond(w, r, ReadSuccess, content)
	}
}

// ListOf is ListByStatus for the resources of a parent, whose id is in the path.
func ListOf[C ~int64, S status, T any](
	defaultSize int, idName string,
	list func(ctx context.Context, caller C, id int64, status *S, page market.PageRequest) (market.Page[T], error),
) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := ID(r, idName)
		if err != nil {
			return err
		}
		return ListByStatus(defaultSize, func(
			ctx context.Context, caller C, status *S, page market.PageRequest,
		) (market.Page[T], error) {
			return list(ctx, caller, id, status, page)
		})(w, r)
	}
}

// One makes a handler that reads, changes or deletes the one thing of the
// caller's own that an id in the path names, and answers with it.
func One[C ~int64, T any](
	success Success, idName string, do func(ctx context.Context, caller C, id int64) (T, error),
) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := ID(r, idName)
		if err != nil {
			return err
		}
		data, err := do(r.Context(), C(Caller(r).ID), id)
		if err != nil {
			return err
		}
		return Respond(w, r, success, data)
	}
}

// OneWithout is One with an answer of null.
func OneWithout[C ~int64](
	success Success, idName string, do func(ctx context.Context, caller C, id int64) error,
) Handler {
	return One(success, idName, func(ctx context.Context, caller C, id int64) (any, error) {
		return nil, do(ctx, caller, id)
	})
}
