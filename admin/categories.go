package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

type category struct {
	Name      string `json:"name" validate:"required,categoryname"`
	SortOrder int32  `json:"sortOrder" validate:"gte=0"`
}

// categoryUpdate changes a category; blank or absent fields stay unchanged.
type categoryUpdate struct {
	Name      string `json:"name" validate:"categoryname"`
	SortOrder *int32 `json:"sortOrder" validate:"omitempty,gte=0"`
}

func (s *Server) listCategories(w http.ResponseWriter, r *http.Request) error {
	categories, err := s.Store.Categories(r.Context())
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, categories)
}

func (s *Server) createCategory(w http.ResponseWriter, r *http.Request) error {
	var in category
	if err := web.Decode(w, r, "category", &in); err != nil {
		return err
	}
	c, err := s.BackOffice.CreateCategory(r.Context(), in.Name, in.SortOrder)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, c)
}

func (s *Server) updateCategory(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "categoryId")
	if err != nil {
		return err
	}
	var in categoryUpdate
	if err := web.Decode(w, r, "category", &in); err != nil {
		return err
	}
	c, err := s.BackOffice.UpdateCategory(r.Context(), id, market.Optional(in.Name), in.SortOrder)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, c)
}

func (s *Server) deleteCategory(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "categoryId")
	if err != nil {
		return err
	}
	c, err := s.BackOffice.DeleteCategory(r.Context(), id)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.DeleteSuccess, c)
}
