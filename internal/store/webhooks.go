package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// webhookChunk is how many audit entries MakeWebhookMessages processes in one transaction.
const webhookChunk = 500

// MakeWebhookMessages creates messages for new events, for the endpoints that subscribe to them.
func (s WebhookStore) MakeWebhookMessages(ctx context.Context) error {
	// Most calls find no new events.
	if news, err := s.q.WebhookNews(ctx, s.pool); err != nil || !news {
		return translate(err)
	}
	for ctx.Err() == nil {
		n, err := s.q.MakeWebhookMessages(ctx, s.pool)
		if err != nil || n < webhookChunk {
			return translate(err)
		}
	}
	return ctx.Err()
}

// WebhookOwner is the owner of endpoints: a seller, or 0 for the marketplace itself.
type WebhookOwner = market.SellerID

// maxWebhookEndpoints is the maximum number of endpoints of an owner.
const maxWebhookEndpoints = 10

// NewWebhookEndpoint is a request to create an endpoint, with its sealed secret.
type NewWebhookEndpoint struct {
	URL       string
	Events    []string
	PerSecond int16
	Secret    []byte
}

// CreateWebhookEndpoint fails with DATA_CONFLICT when the owner has as many as there may be.
func (s WebhookStore) CreateWebhookEndpoint(
	ctx context.Context, owner WebhookOwner, in NewWebhookEndpoint,
) (e market.WebhookEndpoint, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.LockWebhookEndpoints(ctx, tx); err != nil {
			return err
		}
		n, err := s.q.CountWebhookEndpoints(ctx, tx, optionalID(int64(owner)))
		if err != nil {
			return err
		}
		if n >= maxWebhookEndpoints {
			return market.RefuseWith(market.CodeDataConflict, market.DetailTooManyEndpoints, maxWebhookEndpoints)
		}
		row, err := s.q.CreateWebhookEndpoint(ctx, tx, db.CreateWebhookEndpointParams{
			SellerID: optionalID(int64(owner)), Url: in.URL, Events: in.Events, Secret: in.Secret,
			PerSecond: in.PerSecond,
		})
		e = webhookEndpoint(row)
		return err
	})
	return e, translate(err)
}

// WebhookChange is a partial update of an endpoint; nil fields stay unchanged.
type WebhookChange struct {
	URL       *string
	Events    []string
	PerSecond *int16
	Status    *market.WebhookEndpointStatus
}

// UpdateWebhookEndpoint fails with WEBHOOK_ENDPOINT_NOT_FOUND.
func (s WebhookStore) UpdateWebhookEndpoint(
	ctx context.Context, owner WebhookOwner, id int64, c WebhookChange,
) (e market.WebhookEndpoint, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := orNotFound(s.q.UpdateWebhookEndpoint(ctx, tx, db.UpdateWebhookEndpointParams{
			ID: id, SellerID: optionalID(int64(owner)), Url: c.URL, Events: c.Events, PerSecond: c.PerSecond,
			Status: (*string)(c.Status),
		}))(market.CodeWebhookEndpointNotFound)
		e = webhookEndpoint(row)
		if err != nil || e.Status != market.WebhookActive {
			return err
		}
		return s.q.AddFollowUp(ctx, tx, market.FollowUpWebhookRetry, id) // deliver the waiting messages
	})
	return e, translate(err)
}

// RotateWebhookSecret gives an endpoint another sealed secret; the one before signs as well for a day.
func (s WebhookStore) RotateWebhookSecret(
	ctx context.Context, owner WebhookOwner, id int64, secret []byte,
) (e market.WebhookEndpoint, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := orNotFound(s.q.RotateWebhookSecret(ctx, tx, secret, id, optionalID(int64(owner))))(
			market.CodeWebhookEndpointNotFound)
		e = webhookEndpoint(row)
		return err
	})
	return e, translate(err)
}

// DeleteWebhookEndpoint deletes an endpoint, which receives no further messages.
func (s WebhookStore) DeleteWebhookEndpoint(ctx context.Context, owner WebhookOwner, id int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		n, err := s.q.DeleteWebhookEndpoint(ctx, tx, id, optionalID(int64(owner)))
		if err == nil && n == 0 {
			return market.Refuse(market.CodeWebhookEndpointNotFound)
		}
		return translate(err)
	})
}

// WebhookEndpoint fails with WEBHOOK_ENDPOINT_NOT_FOUND.
func (s WebhookStore) WebhookEndpoint(
	ctx context.Context, owner WebhookOwner, id int64,
) (market.WebhookEndpoint, error) {
	row, err := orNotFound(s.q.GetWebhookEndpoint(ctx, s.pool, id, optionalID(int64(owner))))(
		market.CodeWebhookEndpointNotFound)
	return webhookEndpoint(row), err
}

// AnyWebhookEndpoint returns an endpoint of any owner. It fails with WEBHOOK_ENDPOINT_NOT_FOUND.
func (s WebhookStore) AnyWebhookEndpoint(ctx context.Context, id int64) (market.WebhookEndpoint, error) {
	row, err := orNotFound(s.q.GetAnyWebhookEndpoint(ctx, s.pool, id))(market.CodeWebhookEndpointNotFound)
	return webhookEndpoint(row), err
}

// AllWebhookEndpoints lists the endpoints of all owners, in all states or in one, the newest first; sorts: id.
func (s WebhookStore) AllWebhookEndpoints(
	ctx context.Context, status *market.WebhookEndpointStatus, page market.PageRequest,
) (market.Page[market.WebhookEndpoint], error) {
	return withStatus(list[db.WebhookEndpoint, market.WebhookEndpoint]{
		table: "webhook_endpoints", show: webhookEndpoint, where: "deleted_at IS NULL",
		sorts: sortsBy(market.SortsByID),
	}, status).page(ctx, s.DB, page)
}

// WebhookEndpoints lists an owner's endpoints, in all states or in one, newest first; sorts: id.
func (s WebhookStore) WebhookEndpoints(
	ctx context.Context, owner WebhookOwner, status *market.WebhookEndpointStatus, page market.PageRequest,
) (market.Page[market.WebhookEndpoint], error) {
	return withStatus(list[db.WebhookEndpoint, market.WebhookEndpoint]{
		table: "webhook_endpoints", show: webhookEndpoint,
		where: "seller_id IS NOT DISTINCT FROM $1 AND deleted_at IS NULL", args: []any{optionalID(int64(owner))},
		sorts: sortsBy(market.SortsByID),
	}, status).page(ctx, s.DB, page)
}

func webhookEndpoint(r db.WebhookEndpoint) market.WebhookEndpoint {
	return market.WebhookEndpoint{
		ID: r.ID, SellerID: r.SellerID, URL: r.Url, Events: r.Events, PerSecond: r.PerSecond, Status: r.Status,
		Problem: r.Problem, CreatedAt: market.LocalTime(r.CreatedAt),
	}
}

// WebhookMessages lists an endpoint's messages, newest first; of all states or of one.
func (s WebhookStore) WebhookMessages(
	ctx context.Context, endpointID int64, status *market.WebhookMessageStatus, page market.PageRequest,
) (market.Page[market.WebhookMessage], error) {
	l := list[db.WebhookMessage, market.WebhookMessage]{
		table: "webhook_messages", show: webhookMessage, where: "endpoint_id = $1", args: []any{endpointID},
		sorts: sortsBy(market.SortsByID),
	}
	if status != nil {
		l.where += " AND status = $2"
		l.args = append(l.args, *status)
	}
	return l.page(ctx, s.DB, page)
}

func webhookMessage(r db.WebhookMessage) market.WebhookMessage {
	return market.WebhookMessage{
		ID: r.ID, Event: r.Event, HappenedAt: market.LocalTime(r.HappenedAt), Data: r.Payload, Status: r.Status,
		Attempts: r.Attempts, Answer: r.Answer, UpdatedAt: market.LocalTime(r.UpdatedAt),
	}
}

// ReplayWebhookMessage queues a message for another delivery. It fails with
// WEBHOOK_MESSAGE_NOT_FOUND.
func (s WebhookStore) ReplayWebhookMessage(
	ctx context.Context, owner WebhookOwner, endpointID, id int64,
) (m market.WebhookMessage, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := orNotFound(s.q.ReplayWebhookMessage(ctx, tx, id, endpointID, optionalID(int64(owner))))(
			market.CodeWebhookMessageNotFound)
		m = webhookMessage(row)
		if err != nil {
			return err
		}
		return s.q.AddFollowUp(ctx, tx, market.FollowUpWebhookRetry, endpointID)
	})
	return m, translate(err)
}

// WebhookToSend is a message with the data for sending it.
type WebhookToSend struct {
	market.WebhookMessage
	HappenedAt time.Time
	EndpointID int64
	URL        string
	PerSecond  int16
	Secrets    [][]byte // sealed
}

// NextWebhook returns the next message for an endpoint; false when none is due.
func (s WebhookStore) NextWebhook(ctx context.Context, endpointID int64) (w WebhookToSend, due bool, err error) {
	row, err := s.q.NextWebhook(ctx, s.pool, endpointID)
	if errors.Is(err, pgx.ErrNoRows) {
		return w, false, nil
	}
	if err != nil {
		return w, false, translate(err)
	}
	w = WebhookToSend{
		WebhookMessage: webhookMessage(row.WebhookMessage), HappenedAt: row.WebhookMessage.HappenedAt,
		EndpointID: row.WebhookEndpoint.ID, URL: row.WebhookEndpoint.Url, PerSecond: row.WebhookEndpoint.PerSecond,
		Secrets: [][]byte{row.WebhookEndpoint.Secret},
	}
	if until := row.WebhookEndpoint.PreviousUntil; until != nil && s.now().Before(*until) {
		w.Secrets = append(w.Secrets, row.WebhookEndpoint.PreviousSecret)
	}
	return w, true, nil
}

// NoteWebhookAttempt keeps what an endpoint has answered.
func (s WebhookStore) NoteWebhookAttempt(ctx context.Context, id int64, answer string, delivered bool) error {
	return translate(s.q.NoteWebhookAttempt(ctx, s.pool, market.Optional(truncate(answer, 200)), delivered, id))
}

// PauseWebhookEndpoint pauses deliveries to an endpoint because of a problem, and notifies its
// seller by mail.
func (s WebhookStore) PauseWebhookEndpoint(ctx context.Context, endpointID int64, problem market.WebhookProblem) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		return s.q.PauseWebhookEndpoint(ctx, tx, &problem, endpointID)
	})
}

// GiveWebhookUp fails a message that could not be delivered for days, and pauses its endpoint.
func (s WebhookStore) GiveWebhookUp(ctx context.Context, endpointID, id int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.FailWebhookMessage(ctx, tx, id); err != nil {
			return err
		}
		return s.q.PauseWebhookEndpoint(ctx, tx, new(market.WebhookNotTaken), endpointID)
	})
}

// ResealWebhookSecrets has every endpoint's secrets sealed with the newest key, by what reseals one: it
// returns nil for one that is.
func (s WebhookStore) ResealWebhookSecrets(
	ctx context.Context, reseal func(sealed []byte) (fresh []byte, err error),
) error {
	all, err := s.q.WebhookSecrets(ctx, s.pool)
	if err != nil {
		return translate(err)
	}
	for _, e := range all {
		secret, err := reseal(e.Secret)
		previous, before := reseal(e.PreviousSecret)
		if err = errors.Join(err, before); err != nil {
			return fmt.Errorf("endpoint %d: %w", e.ID, err)
		}
		if secret == nil && previous == nil {
			continue
		}
		in := db.ResealWebhookSecretsParams{ID: e.ID, Was: e.Secret, Secret: e.Secret, PreviousSecret: e.PreviousSecret}
		if secret != nil {
			in.Secret = secret
		}
		if previous != nil {
			in.PreviousSecret = previous
		}
		if err := s.inTx(ctx, func(tx pgx.Tx) error { return s.q.ResealWebhookSecrets(ctx, tx, in) }); err != nil {
			return err
		}
	}
	return nil
}
