package portonesim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// asked is the query of a feed.
type asked struct {
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Cursor string    `json:"cursor"`
	Size   int       `json:"size"`
}

// feed responds with a page of a list; at returns the time of an entry. A cursor is a position in
// the list.
func feed[T any](w http.ResponseWriter, r *http.Request, name string, list []T, at func(T) time.Time) {
	in := asked{Size: 10, Until: time.Now()}
	if err := json.Unmarshal([]byte(r.URL.Query().Get("requestBody")), &in); err != nil || in.Size < 1 ||
		in.Size > 1000 {
		answer(w, http.StatusBadRequest, refuse(0, "INVALID_REQUEST"))
		return
	}
	if in.From.IsZero() {
		in.From = in.Until.AddDate(0, 0, -90)
	}
	after := -1
	if in.Cursor != "" {
		var err error
		if after, err = strconv.Atoi(in.Cursor); err != nil {
			answer(w, http.StatusBadRequest, refuse(0, "INVALID_REQUEST"))
			return
		}
	}
	items := []map[string]any{}
	for i, v := range list {
		if i > after && !at(v).Before(in.From) && at(v).Before(in.Until) && len(items) < in.Size {
			items = append(items, map[string]any{name: v, "cursor": strconv.Itoa(i)})
		}
	}
	answer(w, http.StatusOK, map[string]any{"items": items})
}

func (s *Simulator) paymentFeed(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	list := make([]Payment, 0, len(s.books.order))
	for _, id := range s.books.order {
		if p := s.books.payments[id]; p.Status != "" {
			list = append(list, p.show())
		}
	}
	s.mu.Unlock()
	feed(w, r, "payment", list, func(p Payment) time.Time { return p.StatusChangedAt })
}

func (s *Simulator) eventFeed(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	list := s.books.events[:len(s.books.events):len(s.books.events)]
	s.mu.Unlock()
	feed(w, r, "paymentEvent", list, func(e Event) time.Time { return e.CreatedAt })
}
