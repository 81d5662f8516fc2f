package notify

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

// Options are what the service works with. Roots nil means the system's, Now nil the wall clock.
type Options struct {
	Store  Store
	Sealer Sealer
	Guard  Guard
	Link   string         // the address that people open Overmind under, without a / at the end
	Zone   *time.Location // of the times that people read; nil means UTC
	// Chinese is what went wrong in the words of the pages, by code. Without it messages say it in English.
	Chinese map[string]string
	Roots   *x509.CertPool
	Now     func() time.Time
}

// Service is the use cases of notifications. Channels and deliveries are for admins; preferences are everybody's own.
type Service struct {
	store    Store
	sealer   Sealer
	composer composer
	poster   poster
	mailer   mailer
	now      func() time.Time
}

// New makes the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	link := strings.TrimRight(o.Link, "/")
	return &Service{store: o.Store, sealer: o.Sealer, composer: composer{link, o.Zone, o.Chinese}, poster: newPoster(o.Guard, o.Roots, o.Now),
		mailer: newMailer(o.Guard, o.Roots, link), now: o.Now}
}

// aggregate names channels in events and audit rows.
const aggregate = "channel"

var errForbidden = fault.New(fault.Forbidden, "forbidden", "Your role does not allow this.")

// allow lets admins through and writes down anybody else's attempt to change something.
func (s *Service) allow(ctx context.Context, actor event.Actor, action string, id int64) error {
	if actor.IsAdmin() {
		return nil
	}
	audit := event.Audit{Action: action + ".refused", Aggregate: aggregate, SubjectID: id, Actor: actor}
	if err := s.store.Record(ctx, audit); err != nil {
		return err
	}
	return errForbidden
}

// List gives channels by name, with their health; for admins.
func (s *Service) List(ctx context.Context, actor event.Actor) ([]Channel, error) {
	if !actor.IsAdmin() {
		return nil, errForbidden
	}
	return s.store.Channels(ctx)
}

// Get fails with NotFound `channel_not_found`; for admins.
func (s *Service) Get(ctx context.Context, actor event.Actor, id int64) (Channel, error) {
	if !actor.IsAdmin() {
		return Channel{}, errForbidden
	}
	return s.store.Channel(ctx, id)
}

// Create adds a channel; for admins. It is told of what happens from now on. It fails with Conflict `name_taken`, Invalid
// on fields.
func (s *Service) Create(ctx context.Context, actor event.Actor, c Channel, given Secrets) (Channel, error) {
	if err := s.allow(ctx, actor, "channel.create", 0); err != nil {
		return Channel{}, err
	}
	c = Channel{Name: c.Name, Kind: c.Kind, Language: c.Language, Settings: c.Settings, Rule: c.Rule, Paused: c.Paused,
		HasURL: given.URL.IsSet(), HasSecret: given.Secret.IsSet(), Version: 1}
	if err := c.settle(Channel{}, given); err != nil {
		return Channel{}, err
	}
	return s.store.CreateChannel(ctx, c, func(c Channel) (Change, error) {
		change := changed(actor, "create", "created", c, nil, c.snapshot())
		var err error
		change.Sealed, err = s.seal(c, given)
		return change, err
	})
}

// Patch changes what is not nil.
type Patch struct {
	Name     *string
	Language *string
	Settings *Settings
	Rule     *Rule
	Paused   *bool
}

// Update changes a channel of that version; for admins. Another address, host, port, encryption or user name blanks the
// stored secret unless it is given again: whoever may edit an address must not be able to have a secret sent to it that
// somebody else entered.
func (s *Service) Update(ctx context.Context, actor event.Actor, id int64, version int, p Patch, given Secrets) (Channel, error) {
	if err := s.allow(ctx, actor, "channel.update", id); err != nil {
		return Channel{}, err
	}
	return s.store.UpdateChannel(ctx, id, version, func(c *Channel) (Change, error) {
		before := *c
		set(&c.Name, p.Name)
		set(&c.Language, p.Language)
		set(&c.Settings, p.Settings)
		set(&c.Rule, p.Rule)
		set(&c.Paused, p.Paused)
		if err := c.settle(before, given); err != nil {
			return Change{}, err
		}
		sealed, err := s.seal(*c, given)
		if err != nil {
			return Change{}, err
		}
		if before.HasSecret && !c.HasSecret {
			sealed[FieldSecret] = nil
		}
		change := changed(actor, "update", "updated", *c, before.snapshot(), c.snapshot())
		change.Sealed = sealed
		return change, nil
	})
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// settle checks the channel after a change from before, and follows what the change means for its secrets.
func (c *Channel) settle(before Channel, given Secrets) error {
	moved := given.URL.IsSet()
	if c.Kind == Email {
		c.Settings.Host = strings.ToLower(c.Settings.Host)
		if len(c.Settings.Recipients) == 0 {
			c.Settings.Recipients = nil
		}
		moved = c.Settings.Host != before.Settings.Host || c.Settings.Port != before.Settings.Port ||
			c.Settings.TLS != before.Settings.TLS || c.Settings.Username != before.Settings.Username
	} else {
		c.Settings = Settings{Host: before.Settings.Host}
	}
	bad := append(c.check(), given.check(c.Kind)...)
	if c.Kind != Email && !given.URL.IsSet() && !c.HasURL {
		bad.add("url", "required", "Give the address of the robot or webhook.")
	}
	if err := bad.err(); err != nil {
		return err
	}
	if given.URL.IsSet() {
		u, err := parseURL(given.URL.Reveal())
		if err != nil {
			return err
		}
		c.HasURL, c.Settings.Host = true, strings.ToLower(u.Host)
	}
	if given.Secret.IsSet() {
		c.HasSecret = true
	} else if moved {
		c.HasSecret = false
	}
	return nil
}

// Delete removes a channel of that version; for admins. What waits for it is given up.
func (s *Service) Delete(ctx context.Context, actor event.Actor, id int64, version int) error {
	if err := s.allow(ctx, actor, "channel.delete", id); err != nil {
		return err
	}
	return s.store.DeleteChannel(ctx, id, version, func(c Channel) Change {
		return changed(actor, "delete", "deleted", c, c.snapshot(), nil)
	})
}

// seal encrypts the secrets that are given.
func (s *Service) seal(c Channel, given Secrets) (map[Field][]byte, error) {
	sealed := map[Field][]byte{}
	for field, value := range map[Field]secret.String{FieldURL: given.URL, FieldSecret: given.Secret} {
		if !value.IsSet() {
			continue
		}
		data, err := s.sealer.Seal(c.binding(field), value)
		if err != nil {
			return nil, fmt.Errorf("notify: seal the %s of channel %d: %w", field, c.ID, err)
		}
		sealed[field] = data
	}
	return sealed, nil
}

// binding is what a sealed value belongs to; with any part of it changed the value cannot be opened.
func (c Channel) binding(field Field) string {
	at := c.Settings.Host
	if c.Kind == Email {
		at = net.JoinHostPort(at, strconv.Itoa(c.Settings.Port)) + "|" + c.Settings.TLS
	}
	return fmt.Sprintf("channel_secrets|%d|%s|%s|%s|%s", c.ID, field, c.Kind, at, c.Settings.Username)
}

// open is a channel with its secrets.
func (s *Service) open(ctx context.Context, id int64) (Channel, Secrets, error) {
	c, sealed, err := s.store.Sealed(ctx, id)
	if err != nil {
		return c, Secrets{}, err
	}
	var secrets Secrets
	for field, into := range map[Field]*secret.String{FieldURL: &secrets.URL, FieldSecret: &secrets.Secret} {
		if sealed[field] == nil {
			continue
		}
		if *into, err = s.sealer.Open(c.binding(field), sealed[field]); err != nil {
			return c, Secrets{}, err
		}
	}
	return c, secrets, nil
}

// deliver sends one message once.
func (s *Service) deliver(ctx context.Context, d Delivery) *Failure {
	m, err := s.composer.compose(d.Notice, d.Language, d.MessageID)
	if err != nil {
		return &Failure{Code: "internal", Answer: err.Error(), OnlyThis: true}
	}
	c, secrets, err := s.open(ctx, d.ChannelID)
	if err != nil {
		return &Failure{Code: "not_configured", Answer: fault.As(err).Message}
	}
	if err := s.send(ctx, c, secrets, recipient{d.RecipientName, d.Recipient}, m); err != nil {
		return failureOf(err, secrets.URL, secrets.Secret)
	}
	return nil
}

func (s *Service) send(ctx context.Context, c Channel, secrets Secrets, to recipient, m Message) error {
	if c.Kind == Email {
		return s.mailer.send(ctx, c.Settings, secrets.Secret, to, m)
	}
	return s.poster.post(ctx, robots[c.Kind], secrets, m)
}

// changed describes a change of a channel. The event carries the name only, the audit row the values.
func changed(actor event.Actor, verb, past string, c Channel, before, after any) Change {
	return Change{
		Event: event.Event{Type: "channel." + past, Aggregate: aggregate, SubjectID: c.ID, ActorID: actor.UserID,
			ActorName: actor.Name, Data: event.Encode(map[string]string{"name": c.Name})},
		Audit: event.Audit{Action: "channel." + verb, Aggregate: aggregate, SubjectID: c.ID, Actor: actor,
			Before: event.Encode(before), After: event.Encode(after)},
	}
}

// snapshot is a channel in an audit row; of a secret only whether there is one.
func (c Channel) snapshot() any {
	return struct {
		Name      string   `json:"name"`
		Kind      Kind     `json:"kind"`
		Language  string   `json:"language"`
		Settings  Settings `json:"settings"`
		Rule      Rule     `json:"rule"`
		Paused    bool     `json:"paused"`
		HasURL    bool     `json:"has_url"`
		HasSecret bool     `json:"has_secret"`
	}{c.Name, c.Kind, c.Language, c.Settings, c.Rule, c.Paused, c.HasURL, c.HasSecret}
}
