package console

import (
	"net/http"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) listCategories(w http.ResponseWriter, r *http.Request) error {
	categories, err := s.store.Categories(r.Context())
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, categoriesPage(s.site.Frame(r, pages.TextCategories), categories))
	return nil
}

// category is a submitted form of a category.
type category struct {
	Name      string `json:"name" validate:"required,categoryname"`
	SortOrder string `json:"sortOrder" validate:"required,number"`
}

// saveCategory creates a category or, when the path names one, changes or deletes it.
func (s *Server) saveCategory(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	if r.PostForm.Has("delete") {
		id, err := web.ID(r, "categoryId")
		if err != nil {
			return err
		}
		_, err = s.backOffice.DeleteCategory(r.Context(), id)
		return s.backToCategories(w, r, err)
	}
	var in category
	if err := web.DecodeFormOf("category", r.PostForm, &in); err != nil {
		return err
	}
	order, err := strconv.ParseInt(in.SortOrder, 10, 32)
	if err != nil || order < 0 {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "sortOrder")
	}
	if r.PostForm.Has("new") {
		_, err = s.backOffice.CreateCategory(r.Context(), in.Name, int32(order))
		return s.backToCategories(w, r, err)
	}
	id, err := web.ID(r, "categoryId")
	if err != nil {
		return err
	}
	place := int32(order)
	_, err = s.backOffice.UpdateCategory(r.Context(), id, &in.Name, &place)
	return s.backToCategories(w, r, err)
}

func (s *Server) backToCategories(w http.ResponseWriter, r *http.Request, err error) error {
	if err == nil {
		s.site.Back(w, r, "/categories", noticeCategory)
	}
	return err
}
