package console

import (
	"net/http"

	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) listCategories(w http.ResponseWriter, r *http.Request) error {
	categories, err := s.store.Categories(r.Context())
	if err != nil {
		return err
	}
	products, err := s.replica.CountCategoryProducts(r.Context())
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, categoriesPage(s.site.Frame(r, pages.TextCategories), categories, products))
	return nil
}

// category is a submitted form of a category. SortOrder is a pointer, since 0 is an order.
type category struct {
	Name      string `json:"name" validate:"required,categoryname"`
	SortOrder *int32 `json:"sortOrder" validate:"required,gte=0"`
}

func (s *Server) createCategory(w http.ResponseWriter, r *http.Request) error {
	var in category
	err := web.DecodeFormOf("category", r.PostForm, &in)
	if err == nil {
		_, err = s.backOffice.CreateCategory(r.Context(), in.Name, *in.SortOrder)
	}
	return s.backToCategories(w, r, err)
}

// changeCategory changes a category or deletes it.
func (s *Server) changeCategory(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "categoryId")
	if err != nil {
		return err
	}
	var do struct {
		Delete bool `json:"delete"`
	}
	if err := web.DecodeForm(r.PostForm, &do); err != nil {
		return err
	}
	if do.Delete {
		_, err = s.backOffice.DeleteCategory(r.Context(), id)
		return s.backToCategories(w, r, err)
	}
	var in category
	if err = web.DecodeFormOf("category", r.PostForm, &in); err == nil {
		_, err = s.backOffice.UpdateCategory(r.Context(), id, &in.Name, in.SortOrder)
	}
	return s.backToCategories(w, r, err)
}

func (s *Server) backToCategories(w http.ResponseWriter, r *http.Request, err error) error {
	if err == nil {
		s.site.Back(w, r, "/categories", noticeCategory)
	}
	return err
}
