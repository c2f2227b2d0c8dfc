package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

var errStaffUsage = errors.New(`usage: market staff COMMAND

  list                    every account of staff
  add ROLE EMAIL NAME     create an account and send its invitation
  set-role ROLE EMAIL     give an account another role
  disable EMAIL           end the access of an account
  enable EMAIL            let a disabled account log in again
  reset EMAIL             remove the second factor of an account and end its sessions

where ROLE is OWNER, FINANCE, SUPPORT, CATALOGUE or AUDITOR`)

// runStaff manages the accounts of staff on an operator's word.
func runStaff(ctx context.Context, cfg config.Config, args []string, out io.Writer) error {
	commands := map[string]struct {
		args int
		run  func(s *store.Store, args []string) error
	}{
		"list": {0, func(s *store.Store, _ []string) error { return listStaff(ctx, s, out) }},
		"add": {3, func(s *store.Store, args []string) error {
			role, email, err := staffArgs(args)
			if err != nil {
				return err
			}
			if cfg.SMTPURL == "" {
				return errors.New("an invitation is a mail: set SMTP_URL")
			}
			name, err := market.CanonicalText("name", args[2], market.TextLine)
			if err != nil || name == "" || utf8.RuneCountInString(name) > 50 {
				return fmt.Errorf("name %q: want 1 to 50 characters without control characters", args[2])
			}
			m, _, err := s.InviteStaff(ctx, 0, email, name, role)
			return printStaff(out, m, err)
		}},
		"set-role": {2, func(s *store.Store, args []string) error {
			role, email, err := staffArgs(args)
			if err != nil {
				return err
			}
			return changeStaff(ctx, s, email, out, func(id int64) (market.StaffMember, error) {
				m, _, err := s.SetStaffRole(ctx, 0, id, role)
				return m, err
			})
		}},
		"disable": {1, func(s *store.Store, args []string) error {
			return changeStaffOf(ctx, s, args[0], out, s.DisableStaff)
		}},
		"enable": {1, func(s *store.Store, args []string) error {
			return changeStaffOf(ctx, s, args[0], out, s.EnableStaff)
		}},
		"reset": {1, func(s *store.Store, args []string) error {
			return changeStaffOf(ctx, s, args[0], out, s.ResetStaff)
		}},
	}
	if len(args) == 0 {
		return errStaffUsage
	}
	command, ok := commands[args[0]]
	if !ok || len(args)-1 != command.args {
		return errStaffUsage
	}
	return withStore(ctx, cfg, func(s *store.Store) error { return command.run(s, args[1:]) })
}

// staffArgs reads the role and the address that begin the arguments of a command.
func staffArgs(args []string) (role market.StaffRole, email market.Email, err error) {
	if role = market.StaffRole(strings.ToUpper(args[0])); !role.Valid() {
		return "", "", fmt.Errorf("role %q: want one of %v", args[0], market.StaffRoles)
	}
	email, err = market.ParseEmail(args[1])
	if err != nil {
		err = fmt.Errorf("%q: %w", args[1], err)
	}
	return role, email, err
}

func changeStaffOf(
	ctx context.Context, s *store.Store, address string, out io.Writer,
	change func(ctx context.Context, id int64) (market.StaffMember, error),
) error {
	email, err := market.ParseEmail(address)
	if err != nil {
		return fmt.Errorf("%q: %w", address, err)
	}
	return changeStaff(ctx, s, email, out, func(id int64) (market.StaffMember, error) { return change(ctx, id) })
}

func changeStaff(
	ctx context.Context, s *store.Store, email market.Email, out io.Writer,
	change func(id int64) (market.StaffMember, error),
) error {
	m, err := s.StaffByEmail(ctx, email)
	if err == nil {
		m, err = change(m.ID)
	}
	return printStaff(out, m, err)
}

// listStaff prints a line for each account of staff.
func listStaff(ctx context.Context, s *store.Store, out io.Writer) error {
	for page := (market.PageRequest{Size: 100}); ; page.Page++ {
		members, err := s.StaffMembers(ctx, nil, page)
		if err != nil {
			return err
		}
		for _, m := range members.Content {
			if err := printStaff(out, m, nil); err != nil {
				return err
			}
		}
		if members.IsLast {
			return nil
		}
	}
}

func printStaff(out io.Writer, m market.StaffMember, err error) error {
	if err != nil {
		return err
	}
	factor := "no second factor"
	if m.SecondFactor {
		factor = "second factor"
	}
	_, err = fmt.Fprintf(out, "%d\t%s\t%s\t%s\t%s\t%s\n", m.ID, m.Role, m.Status, m.Email, m.Name, factor)
	return err
}
