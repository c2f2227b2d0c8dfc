package market

import (
	"maps"
	"slices"
	"time"
)

// StaffRole is the role of a member of staff.
type StaffRole string

// The roles of staff. docs/staff.md shows what each may do.
const (
	StaffOwner     StaffRole = "OWNER"     // everything
	StaffFinance   StaffRole = "FINANCE"   // money: refunds, payouts, reconciliation, settlements
	StaffSupport   StaffRole = "SUPPORT"   // buyers and orders, and refunds that one person may decide
	StaffCatalogue StaffRole = "CATALOGUE" // sellers, products and categories
	StaffAuditor   StaffRole = "AUDITOR"   // reads everything and changes nothing
)

// StaffRoles lists all roles.
var StaffRoles = []StaffRole{StaffOwner, StaffFinance, StaffSupport, StaffCatalogue, StaffAuditor}

// Valid reports whether r is one of StaffRoles.
func (r StaffRole) Valid() bool { return slices.Contains(StaffRoles, r) }

// Permission is the right to use some of the routes of staff. Each route is registered with one.
type Permission string

// The permissions.
const (
	// PermissionSession is the right to log out and to set up a second factor: all that is permitted
	// before a compulsory second factor is set up.
	PermissionSession    Permission = "SESSION"
	PermissionOwnAccount Permission = "OWN_ACCOUNT"

	PermissionSeeStatistics Permission = "SEE_FIGURES" // overview, alerts, ledger
	PermissionSeeOrders     Permission = "SEE_ORDERS"  // orders, refunds and the refund policy
	PermissionSeeBuyers     Permission = "SEE_BUYERS"
	PermissionSeeSellers    Permission = "SEE_SELLERS"   // profiles, without bank data and balances
	PermissionSeeCatalogue  Permission = "SEE_CATALOGUE" // products and categories
	PermissionSeePayouts    Permission = "SEE_PAYOUTS"   // payouts, balances, settlements, reconciliation
	PermissionSeeBatches    Permission = "SEE_BATCHES"
	PermissionSeeWebhooks   Permission = "SEE_WEBHOOKS"
	PermissionSeeStaff      Permission = "SEE_STAFF"
	PermissionSeeProposals  Permission = "SEE_PROPOSALS"
	PermissionReadAudit     Permission = "READ_AUDIT"
	PermissionReadAccessLog Permission = "READ_ACCESS_LOG"

	PermissionChangeOrders       Permission = "CHANGE_ORDERS"
	PermissionDecideRefunds      Permission = "DECIDE_REFUNDS"       // that one person may approve
	PermissionDecideLargeRefunds Permission = "DECIDE_LARGE_REFUNDS" // two approvals, or paid manually
	PermissionChangePolicies     Permission = "CHANGE_POLICIES"
	PermissionDecidePayouts      Permission = "DECIDE_PAYOUTS"
	PermissionReconcile          Permission = "RECONCILE" // query provider and bank, import settlement files
	PermissionAcceptBreaks       Permission = "ACCEPT_BREAKS"
	PermissionDecideDisputes     Permission = "DECIDE_DISPUTES"
	PermissionAdjustLedger       Permission = "ADJUST_LEDGER"
	PermissionDecideSellers      Permission = "DECIDE_SELLERS" // approve, suspend, reject
	PermissionLockBuyers         Permission = "LOCK_BUYERS"
	PermissionEditCatalogue      Permission = "EDIT_CATALOGUE" // edit categories, block products
	PermissionManageWebhooks     Permission = "MANAGE_WEBHOOKS"
	PermissionRunBatches         Permission = "RUN_BATCHES"
	PermissionManageStaff        Permission = "MANAGE_STAFF"
	PermissionDecideProposals    Permission = "DECIDE_PROPOSALS" // besides that of what a proposal changes
)

// FactorFreshness is how long after the second factor was given it is valid for changes about money
// or access.
const FactorFreshness = 10 * time.Minute

// grant lists the roles with a permission. Owners have all permissions.
type grant struct {
	roles []StaffRole
	// fresh permissions decide about money or about access: a change needs a second factor that was
	// given within FactorFreshness.
	fresh bool
}

var everyRole = StaffRoles

// grants maps permissions to roles.
var grants = map[Permission]grant{
	PermissionSession:    {everyRole, false},
	PermissionOwnAccount: {everyRole, false},

	PermissionSeeStatistics: {[]StaffRole{StaffOwner, StaffFinance, StaffAuditor}, false},
	PermissionSeeOrders:     {[]StaffRole{StaffOwner, StaffFinance, StaffSupport, StaffAuditor}, false},
	PermissionSeeBuyers:     {[]StaffRole{StaffOwner, StaffSupport, StaffAuditor}, false},
	PermissionSeeSellers:    {everyRole, false},
	PermissionSeeCatalogue:  {everyRole, false},
	PermissionSeePayouts:    {[]StaffRole{StaffOwner, StaffFinance, StaffAuditor}, false},
	PermissionSeeBatches:    {[]StaffRole{StaffOwner, StaffAuditor}, false},
	PermissionSeeWebhooks:   {[]StaffRole{StaffOwner, StaffAuditor}, false},
	PermissionSeeStaff:      {[]StaffRole{StaffOwner, StaffAuditor}, false},
	PermissionSeeProposals:  {[]StaffRole{StaffOwner, StaffFinance, StaffAuditor}, false},
	PermissionReadAudit:     {[]StaffRole{StaffOwner, StaffAuditor}, false},
	PermissionReadAccessLog: {[]StaffRole{StaffOwner, StaffAuditor}, false},

	PermissionChangeOrders:       {[]StaffRole{StaffOwner, StaffSupport}, false},
	PermissionDecideRefunds:      {[]StaffRole{StaffOwner, StaffFinance, StaffSupport}, true},
	PermissionDecideLargeRefunds: {[]StaffRole{StaffOwner, StaffFinance}, true},
	PermissionChangePolicies:     {[]StaffRole{StaffOwner}, true},
	PermissionDecidePayouts:      {[]StaffRole{StaffOwner, StaffFinance}, true},
	PermissionReconcile:          {[]StaffRole{StaffOwner, StaffFinance}, false},
	PermissionAcceptBreaks:       {[]StaffRole{StaffOwner, StaffFinance}, true},
	PermissionDecideDisputes:     {[]StaffRole{StaffOwner, StaffFinance}, true},
	PermissionAdjustLedger:       {[]StaffRole{StaffOwner, StaffFinance}, true},
	PermissionDecideSellers:      {[]StaffRole{StaffOwner, StaffCatalogue}, false},
	PermissionLockBuyers:         {[]StaffRole{StaffOwner, StaffSupport}, false},
	PermissionEditCatalogue:      {[]StaffRole{StaffOwner, StaffCatalogue}, false},
	PermissionManageWebhooks:     {[]StaffRole{StaffOwner}, false},
	PermissionRunBatches:         {[]StaffRole{StaffOwner}, true},
	PermissionManageStaff:        {[]StaffRole{StaffOwner}, true},
	PermissionDecideProposals:    {[]StaffRole{StaffOwner, StaffFinance}, true},
}

// Permissions returns all permissions by name.
func Permissions() []Permission { return slices.Sorted(maps.Keys(grants)) }

// Valid reports whether p is a permission.
func (p Permission) Valid() bool {
	_, ok := grants[p]
	return ok
}

// Fresh reports whether a change by this permission needs a second factor that was given a short
// while ago.
func (p Permission) Fresh() bool { return grants[p].fresh }

// May reports whether a member of staff with the role has a permission.
func (r StaffRole) May(p Permission) bool { return slices.Contains(grants[p].roles, r) }

// StaffStatus is a state of an account of staff.
type StaffStatus string

// The states of an account of staff.
const (
	StaffActive   StaffStatus = "ACTIVE"
	StaffInvited  StaffStatus = "INVITED" // the holder has not chosen a password yet
	StaffDisabled StaffStatus = "DISABLED"
)

// Valid reports whether s is a state of an account of staff.
func (s StaffStatus) Valid() bool { return s == StaffActive || s == StaffInvited || s == StaffDisabled }

// StaffMember is an account of staff.
type StaffMember struct {
	ID           int64       `json:"staffId"`
	Email        Email       `json:"email"`
	Name         string      `json:"name"`
	Role         StaffRole   `json:"role"`
	Status       StaffStatus `json:"status"`
	SecondFactor bool        `json:"secondFactor"` // logins need a one-time password
	CreatedAt    LocalTime   `json:"createdAt"`
	DisabledAt   *LocalTime  `json:"disabledAt"`
}
