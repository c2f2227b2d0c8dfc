package cache

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// changes is the channel on which processes announce changed groups,
	// separated by groupEnd, once their versions are new. See channelOf.
	changes  = "changes"
	groupEnd = "\n"
	// topicPrefix begins an announcement on the same channel. No group begins with it.
	topicPrefix = "!"

	// nearLifetime bounds the staleness of a value when Redis has not delivered an announcement,
	// because of a dead connection that has not been detected yet.
	nearLifetime = time.Second
	// nearValues and nearValueBytes bound the memory of values. When there are too many, all are
	// dropped; those in use are soon loaded again.
	nearValues     = 1024
	nearValueBytes = 64 << 10

	listenAgain = time.Second
	// quiet is the silence after which Redis is pinged, and after as long again considered down.
	quiet = 5 * time.Second
)

// near keeps values in this process's memory while it receives announcements of changes.
type near struct {
	mu     sync.Mutex
	on     bool
	groups map[string]map[string]nearValue
	count  int
	heard  uint64 // number of announced changes
}

type nearValue struct {
	value json.RawMessage
	until time.Time
}

// get returns a kept value, or nil; pass heard to put when the value has been loaded elsewhere.
func (n *near) get(group, key string) (value json.RawMessage, heard uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if v, ok := n.groups[group][key]; ok && time.Now().Before(v.until) {
		return v.value, n.heard
	}
	return nil, n.heard
}

// put keeps a value, unless a change announced since heard may have made it stale.
func (n *near) put(group, key string, value json.RawMessage, heard uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.on || n.heard != heard || len(value) > nearValueBytes {
		return
	}
	if n.count >= nearValues {
		n.groups, n.count = map[string]map[string]nearValue{}, 0
	}
	if n.groups[group] == nil {
		n.groups[group] = map[string]nearValue{}
	}
	if _, there := n.groups[group][key]; !there {
		n.count++
	}
	n.groups[group][key] = nearValue{value, time.Now().Add(nearLifetime)}
}

// forget drops the values of groups.
func (n *near) forget(groups ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.heard++
	for _, g := range groups {
		n.count -= len(n.groups[g])
		delete(n.groups, g)
	}
}

// listens drops all values, and starts or stops keeping new ones.
func (n *near) listens(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.heard++
	n.on, n.groups, n.count = on, map[string]map[string]nearValue{}, 0
}

// Announce calls the functions that were given to OnAnnounced for a topic, in every process that
// listens. Announcements are lost while Redis is away.
func (c *Reads) Announce(ctx context.Context, topic string) error {
	return c.redis.Publish(ctx, c.channel, topicPrefix+topic).Err()
}

// OnAnnounced has f called for each announcement of a topic, and when some may have been lost. It must
// be called before Listen. f must not block.
func (c *Reads) OnAnnounced(topic string, f func()) {
	if c.topics == nil {
		c.topics = map[string]func(){}
	}
	c.topics[topicPrefix+topic] = f
}

// channelOf returns the channel of a client's database. The databases of a server share its
// channels, so that marketplaces with different databases need different channels.
func channelOf(r redis.UniversalClient) string {
	if c, ok := r.(*redis.Client); ok && c.Options().DB != 0 {
		return changes + "/" + strconv.Itoa(c.Options().DB)
	}
	return changes
}

// Listening reports whether announcements arrive.
func (c *Reads) Listening() bool {
	c.near.mu.Lock()
	defer c.near.mu.Unlock()
	return c.near.on
}

// Listen receives announcements until ctx ends. Values are kept in this process's memory only while
// it does.
func (c *Reads) Listen(ctx context.Context) {
	for {
		err := c.listen(ctx)
		c.near.listens(false)
		if ctx.Err() != nil {
			return
		}
		c.log.WarnContext(ctx, "cache announcements unavailable; reading from Redis", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(listenAgain):
		}
	}
}

func (c *Reads) listen(ctx context.Context) error {
	subscription := c.redis.Subscribe(ctx, c.channel)
	defer subscription.Close()
	defer context.AfterFunc(ctx, func() { _ = subscription.Close() })() // receiving a message ignores ctx
	if _, err := subscription.Receive(ctx); err != nil {                // the confirmation
		return err
	}
	c.near.listens(true)
	for _, f := range c.topics { // some may have been lost until now
		f()
	}
	for asked := false; ; {
		heard, err := subscription.ReceiveTimeout(ctx, quiet)
		var silence net.Error
		if errors.As(err, &silence) && silence.Timeout() && !asked {
			heard, err, asked = nil, subscription.Ping(ctx), true
		} else {
			asked = false
		}
		if err != nil {
			return err
		}
		if message, ok := heard.(*redis.Message); ok {
			if f := c.topics[message.Payload]; f != nil {
				f()
			} else if !strings.HasPrefix(message.Payload, topicPrefix) {
				c.near.forget(strings.Split(message.Payload, groupEnd)...)
			}
		}
	}
}
