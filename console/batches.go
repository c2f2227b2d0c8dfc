package console

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// shownRuns is how many runs of a batch a page shows.
const shownRuns = 100

// perSecond is the default rate of a batch.
const perSecond = 5

// newBatch is the content of the form of a new batch.
type newBatch struct {
	backoffice.RunQuery
	Found *backoffice.FoundRuns // nil before a search
	Key   string
}

// fields returns the query as form fields.
func (b newBatch) fields() url.Values {
	q := url.Values{"type": {b.Type}, "state": {b.Status}}
	if !b.From.IsZero() {
		q.Set("from", b.From.String())
	}
	if !b.To.IsZero() {
		q.Set("to", b.To.String())
	}
	if b.OrderID != 0 {
		q.Set("order", strconv.FormatInt(b.OrderID, 10))
	}
	return q
}

// runQuery returns the query in a form or an address. It fails with INVALID_INPUT.
func runQuery(values url.Values) (backoffice.RunQuery, error) {
	var in struct {
		Type  string     `json:"type"`
		State string     `json:"state"`
		From  market.Day `json:"from"`
		To    market.Day `json:"to"`
		Order int64      `json:"order"`
	}
	err := web.DecodeForm(values, &in)
	return backoffice.RunQuery{Type: in.Type, Status: in.State, From: in.From, To: in.To, OrderID: in.Order}, err
}

// chooseRuns shows which runs a batch would be about.
func (s *Server) chooseRuns(w http.ResponseWriter, r *http.Request) (err error) {
	b := newBatch{Key: rand.Text()}
	if r.URL.Query().Has("type") {
		if b.RunQuery, err = runQuery(r.URL.Query()); err != nil {
			return err
		}
		found, err := s.backOffice.FindRuns(r.Context(), b.RunQuery)
		if err != nil {
			return err
		}
		found.First = found.First[:min(len(found.First), pages.Rows)]
		b.Found = &found
	}
	pages.Show(w, r, http.StatusOK, newBatchPage(s.site.Frame(r, textNewBatch), b, s.workflow))
	return nil
}

// batchForm is a submitted form of a batch, with the query of its runs.
type batchForm struct {
	Action    market.BatchAction `json:"action" validate:"required,enum"`
	PerSecond int16              `json:"perSecond" validate:"required,batchrate"`
	Reason    string             `json:"reason" validate:"required,reason" text:"lines"`
	Key       string             `json:"key" validate:"required"`
}

func (s *Server) beginBatch(w http.ResponseWriter, r *http.Request) error {
	var in batchForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	query, err := runQuery(r.PostForm)
	if err != nil {
		return err
	}
	id, err := s.backOffice.BeginBatch(r.Context(), query, market.NewBatch{
		Action: in.Action, Reason: in.Reason, PerSecond: in.PerSecond, AdminID: web.Caller(r).ID,
		Request: web.HashedKey(in.Key),
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/batches/"+strconv.FormatInt(id, 10), http.StatusSeeOther)
	return nil
}

func (s *Server) listBatches(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	batches, err := s.store.Batches(r.Context(), nil, page)
	if err != nil {
		return err
	}
	names, err := s.staffOf(r.Context(), batches.Content)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, batchesPage(s.site.Frame(r, textBatches),
		pages.Listed[market.Batch]{Page: batches}, names))
	return nil
}

// showBatch shows the progress of a batch; with scripts, the page refreshes automatically.
func (s *Server) showBatch(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "batchId")
	if err != nil {
		return err
	}
	b, err := s.store.Batch(r.Context(), id)
	if err != nil {
		return err
	}
	runs, err := s.store.BatchRuns(r.Context(), id, shownRuns)
	if err != nil {
		return err
	}
	names, err := s.staffOf(r.Context(), []market.Batch{b})
	if err != nil {
		return err
	}
	f := s.site.Scripted(w, r, textBatchPrefix, "", "htmx.min.js")
	f.Title += strconv.FormatInt(id, 10)
	pages.Show(w, r, http.StatusOK, batchPage(f, b, names, runs, s.workflow, s.workflow(backoffice.BatchRun(id))))
	return nil
}

func (s *Server) cancelBatch(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "batchId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	if err := s.backOffice.CancelBatch(r.Context(), id); err != nil {
		return err
	}
	s.site.Back(w, r, "/batches/"+strconv.FormatInt(id, 10), noticeBatch)
	return nil
}
