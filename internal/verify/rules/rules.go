// Package rules has the invariants of money, stock and states that a verification checks. Most are
// queries for violations, one in each file NN_name.sql; the others are checked in Go and described
// here.
//
// The rules start from the ledger: it has exactly the entries that payments, refunds, payouts and
// adjustments require, and everything that is shown or paid is a sum of it.
//
// A file begins with a header of comments and an empty line:
//
//	-- Rule: its name, which findings store and print
//	-- Group: which part of the marketplace it can be checked on
//	-- With: a file of shared, whose common table expressions precede the query; optional
//	-- Reason: why it must hold
//	-- Action: what an operator does about a finding, and who decides
//
// Lines that continue a field are indented. The query returns a text for each violation: what is
// wrong, and where. Tables may be shadowed by temporary tables with a part of their rows.
package rules

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Group is the part of the marketplace on which a rule can be checked.
type Group string

// The groups of rules.
const (
	Orders Group = "orders" // any subset of orders with the rows that belong to them, and rows without an order
	Days   Group = "days"   // any subset of business days
	Chain  Group = "chain"  // any part of the audit log's chain
	Whole  Group = "whole"  // tables that grow slowly, or that must be checked as a whole
	// Full rules follow from foreign keys and from other rules, and read tables whole. Verifications of
	// changes omit them.
	Full Group = "full"
)

var groups = []Group{Orders, Days, Chain, Whole, Full}

// Rule is an invariant.
type Rule struct {
	Name   string // what must hold
	Group  Group  // "" for a rule that is checked in Go
	Reason string // why it must hold
	Action string // what an operator does about a finding
	Query  string // returns a text for each violation; "" for a rule that is checked in Go
}

// Late is broken by rows that have waited in a state for longer than the state's deadline.
var Late = Rule{
	Name: "nothing waits longer than it may",
	Reason: "A workflow moves each waiting row on. A row past its deadline has none, or one that " +
		"cannot proceed, while a buyer or seller waits for money or goods.",
	Action: "Open the run of the row, payment/<order> or refund/<refund>, and read its last error. If " +
		"a provider is away, wait; if no worker runs, start one. A batch (console Batches) makes " +
		"many runs poll now.",
}

// BankAccountsOpen is broken by sellers' account numbers that cannot be decrypted.
var BankAccountsOpen = Rule{
	Name: "the account number of a seller opens",
	Reason: "A payout goes to the decrypted account number. One that does not open, or that was " +
		"exchanged with another seller's, stops the seller's payouts.",
	Action: "Check that DATA_KEYS still contains the key by which the number was encrypted. If it " +
		"does, the stored number was changed: the seller enters the account again, and an OWNER " +
		"finds the change in the audit log.",
}

// BankBooks is broken by transfers that the bank and the books disagree about.
var BankBooks = Rule{
	Name: "the bank's books are ours",
	Reason: "The bank's records decide what sellers were paid. A transfer that only one side has, or " +
		"with another amount or status, is paid twice or not at all.",
	Action: "Open the payout in the console (Payouts) and use Ask the bank; FINANCE then decides to " +
		"pay again or to carry over. A transfer without a payout is a matter between FINANCE and " +
		"the bank.",
}

// ProviderBooks returns the rule for a payment provider. It is broken by charges and cancellations
// that the provider and the books disagree about.
func ProviderBooks(provider string) Rule {
	return Rule{
		Name: "the books of the provider " + provider + " are ours",
		Reason: "The provider's records decide what buyers were charged. A charge or cancellation that " +
			"only one side has is money of a buyer that is not accounted for.",
		Action: "Repeat the day with PUT /admin/reconciliation/days/{day}; FINANCE handles its breaks by " +
			"class. After a restore of the database, market orphaned-charges refunds charges that it " +
			"does not have.",
	}
}

//go:embed *.sql shared/*.sql
var files embed.FS

var all = must(load(files))

// All returns the rules with a query, in the order of their files.
func All() []Rule { return slices.Clone(all) }

// Of returns the rules of a group.
func Of(group Group) []Rule {
	return slices.DeleteFunc(All(), func(r Rule) bool { return r.Group != group })
}

// Find returns the rule of a finding. It reports false for a rule of another version.
func Find(name string) (Rule, bool) {
	for _, r := range all {
		if r.Name == name {
			return r, true
		}
	}
	for _, r := range []Rule{Late, BankAccountsOpen, BankBooks} {
		if r.Name == name {
			return r, true
		}
	}
	prefix, suffix, _ := strings.Cut(ProviderBooks("\n").Name, "\n")
	if provider, ok := strings.CutPrefix(name, prefix); ok && strings.HasSuffix(provider, suffix) {
		return ProviderBooks(strings.TrimSuffix(provider, suffix)), true
	}
	return Rule{}, false
}

func must(all []Rule, err error) []Rule {
	if err != nil {
		panic(err) // the files are part of the program
	}
	return all
}

// load reads the rules of a folder.
func load(folder fs.FS) (all []Rule, err error) {
	names, err := fs.Glob(folder, "*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		r, err := parse(folder, string(content))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// parse returns the rule of a file.
func parse(folder fs.FS, text string) (r Rule, err error) {
	header, query, found := strings.Cut(text, "\n\n")
	if !found || strings.TrimSpace(query) == "" {
		return r, fmt.Errorf("no query after the header")
	}
	fields, last := map[string]string{}, ""
	for line := range strings.Lines(header) {
		line = strings.TrimSuffix(line, "\n")
		if continued, ok := strings.CutPrefix(line, "--     "); ok && last != "" {
			fields[last] += " " + continued
			continue
		}
		key, value, ok := strings.Cut(strings.TrimPrefix(line, "-- "), ": ")
		if !ok || !strings.HasPrefix(line, "-- ") || fields[key] != "" {
			return r, fmt.Errorf("line %q of the header is no new field", line)
		}
		last, fields[key] = key, value
	}
	r = Rule{
		Name: fields["Rule"], Group: Group(fields["Group"]), Reason: fields["Reason"], Action: fields["Action"],
		Query: query,
	}
	if r.Name == "" || r.Reason == "" || r.Action == "" || !slices.Contains(groups, r.Group) {
		return r, fmt.Errorf("the header needs Rule, Group (one of %v), Reason and Action", groups)
	}
	shared, with := fields["With"]
	for _, key := range []string{"Rule", "Group", "With", "Reason", "Action"} {
		delete(fields, key)
	}
	if len(fields) > 0 {
		return r, fmt.Errorf("unknown fields %v", fields)
	}
	if with {
		expressions, err := fs.ReadFile(folder, "shared/"+shared+".sql")
		if err != nil {
			return r, err
		}
		if more, ok := strings.CutPrefix(query, "WITH "); ok {
			query = ", " + more
		}
		r.Query = strings.TrimSuffix(string(expressions), "\n") + "\n" + query
	}
	return r, nil
}
