package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

func newStaff() *cobra.Command {
	cmd := &cobra.Command{
		Use: "staff", Short: "Manage the accounts of staff", GroupID: groupAccounts,
		Args: cobra.ArbitraryArgs, RunE: needsCommand,
	}
	sub := func(use, short string, args int, run func(staff, []string) error) {
		cmd.AddCommand(&cobra.Command{
			Use: use, Short: short, Args: exactly(args),
			RunE: configured(func(cmd *cobra.Command, cfg config.Config, args []string) error {
				return withStore(cmd.Context(), cfg, func(s *store.Store) error {
					return run(staff{cmd.Context(), s, cfg, cmd.OutOrStdout()}, args)
				})
			}),
		})
	}
	sub("list", "List every account of staff", 0, func(s staff, _ []string) error { return s.list() })
	sub("add ROLE EMAIL NAME", "Create an account and send its invitation", 3, staff.add)
	sub("set-role ROLE EMAIL", "Give an account another role", 2, staff.setRole)
	sub("disable EMAIL", "End the access of an account", 1, func(s staff, args []string) error {
		return s.change(args[0], s.store.DisableStaff)
	})
	sub("enable EMAIL", "Let a disabled account log in again", 1, func(s staff, args []string) error {
		return s.change(args[0], s.store.EnableStaff)
	})
	sub("reset EMAIL", "Remove the second factor of an account and end its sessions", 1, staff.reset)
	return cmd
}

func newResetOTP() *cobra.Command {
	return &cobra.Command{
		Use: "reset-otp EMAIL", Short: "Remove the second factor of an account, as staff reset does",
		GroupID: groupAccounts, Args: exactly(1),
		RunE: configured(func(cmd *cobra.Command, cfg config.Config, args []string) error {
			return withStore(cmd.Context(), cfg, func(s *store.Store) error {
				return staff{cmd.Context(), s, cfg, cmd.OutOrStdout()}.reset(args)
			})
		}),
	}
}

// needsCommand is for commands that have commands of their own.
func needsCommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unknown command %q; %s --help lists them", args[0], cmd.CommandPath())
	}
	return fmt.Errorf("no command; %s --help lists them", cmd.CommandPath())
}

// staff runs the commands about accounts of staff, with an operator's authority.
type staff struct {
	ctx   context.Context //nolint:containedctx // of one command
	store *store.Store
	cfg   config.Config
	out   io.Writer
}

func (s staff) add(args []string) error {
	role, email, err := staffArgs(args)
	if err != nil {
		return err
	}
	if s.cfg.SMTPURL == "" {
		return errors.New("an invitation is a mail: set SMTP_URL")
	}
	name, err := market.CanonicalText("name", args[2], market.TextLine)
	if err != nil || name == "" || utf8.RuneCountInString(name) > market.MaxPersonName {
		return fmt.Errorf("name %q: want 1 to %d characters without control characters", args[2], market.MaxPersonName)
	}
	m, _, err := s.store.InviteStaff(s.ctx, 0, email, name, role)
	return s.print(m, err)
}

func (s staff) setRole(args []string) error {
	role, _, err := staffArgs(args)
	if err != nil {
		return err
	}
	return s.change(args[1], func(ctx context.Context, id int64) (market.StaffMember, error) {
		m, _, err := s.store.SetStaffRole(ctx, 0, id, role)
		return m, err
	})
}

func (s staff) reset(args []string) error { return s.change(args[0], s.store.ResetStaff) }

// change changes the account of an address, and prints it.
func (s staff) change(
	address string, change func(ctx context.Context, id int64) (market.StaffMember, error),
) error {
	email, err := market.ParseEmail(address)
	if err != nil {
		return fmt.Errorf("%q: %w", address, err)
	}
	m, err := s.store.StaffByEmail(s.ctx, email)
	if err == nil {
		m, err = change(s.ctx, m.ID)
	}
	return s.print(m, err)
}

// list prints a line for each account of staff.
func (s staff) list() error {
	for page := (market.PageRequest{Size: 100}); ; page.Page++ {
		members, err := s.store.StaffMembers(s.ctx, nil, page)
		if err != nil {
			return err
		}
		for _, m := range members.Content {
			if err := s.print(m, nil); err != nil {
				return err
			}
		}
		if members.IsLast {
			return nil
		}
	}
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

func (s staff) print(m market.StaffMember, err error) error {
	if err != nil {
		return err
	}
	factor := "no second factor"
	if m.SecondFactor {
		factor = "second factor"
	}
	_, err = fmt.Fprintf(s.out, "%d\t%s\t%s\t%s\t%s\t%s\n", m.ID, m.Role, m.Status, m.Email, m.Name, factor)
	return err
}
