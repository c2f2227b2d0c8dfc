package market

import "slices"

// AccessAction is a kind of entry of the access log.
type AccessAction string

// The actions.
const (
	AccessLogin  AccessAction = "LOGIN"
	AccessLogout AccessAction = "LOGOUT"
	AccessRead   AccessAction = "READ"   // staff has read personal data
	AccessExport AccessAction = "EXPORT" // a file was downloaded
)

// AccessActors are the roles whose accesses are logged.
var AccessActors = []Role{RoleBuyer, RoleSeller, RoleAdmin}

// AccessActions lists all actions.
var AccessActions = []AccessAction{AccessLogin, AccessLogout, AccessRead, AccessExport}

// Valid reports whether a is one of AccessActions.
func (a AccessAction) Valid() bool { return slices.Contains(AccessActions, a) }

// AccessData names the data that was read or exported. A plural is a list.
type AccessData string

// What can be read or exported.
const (
	DataBuyer      AccessData = "BUYER"
	DataBuyers     AccessData = "BUYERS"
	DataSeller     AccessData = "SELLER"
	DataSellers    AccessData = "SELLERS"
	DataOrder      AccessData = "ORDER"
	DataOrders     AccessData = "ORDERS"
	DataRefund     AccessData = "REFUND"
	DataRefunds    AccessData = "REFUNDS"
	DataProducts   AccessData = "PRODUCTS"
	DataSettlement AccessData = "SETTLEMENT"
	DataStatistics AccessData = "STATISTICS"
	DataLedger     AccessData = "LEDGER"
	DataAuditLog   AccessData = "AUDIT_LOG"
	DataAccessLog  AccessData = "ACCESS_LOG"
)

// AccessDatas lists all kinds of data.
var AccessDatas = []AccessData{
	DataBuyer, DataBuyers, DataSeller, DataSellers, DataOrder, DataOrders, DataRefund, DataRefunds,
	DataProducts, DataSettlement, DataStatistics, DataLedger, DataAuditLog, DataAccessLog,
}

// Valid reports whether d is one of AccessDatas.
func (d AccessData) Valid() bool { return slices.Contains(AccessDatas, d) }

// Access is an entry for the access log. The person and the address come from the Actor of the
// context.
type Access struct {
	Action AccessAction
	Data   AccessData // "" for logins and logouts
	DataID int64      // 0 for a list

	Subject   Role // whose data it is, BUYER or SELLER; "" for the data of many
	SubjectID int64

	Rows   int    // of a read
	Reason string // of an export; "" for none
}

// AccessEntry is an entry of the access log.
type AccessEntry struct {
	ID        int64        `json:"id"`
	At        LocalTime    `json:"at"`
	Actor     Role         `json:"actor"`
	ActorID   int64        `json:"actorId"`
	Address   *string      `json:"address"`
	Action    AccessAction `json:"action"`
	Data      *AccessData  `json:"data"`
	DataID    *int64       `json:"dataId"`
	Subject   *Role        `json:"subject"`
	SubjectID *int64       `json:"subjectId"`
	Rows      *int64       `json:"rows"` // null for logins, logouts, and an export that did not end
	Reason    *string      `json:"reason"`
	RequestID *string      `json:"requestId"`
}

// AccessFilter selects among the access log's entries; its zero value means all.
type AccessFilter struct {
	Actor     Role
	ActorID   int64
	Action    AccessAction
	Data      AccessData
	Subject   Role
	SubjectID int64
	From, To  *Day // both inclusive
}

// AccessSummary counts the entries of a month by actor and action. An admin has a line of its own;
// buyers are counted together, and so are sellers.
type AccessSummary struct {
	Actor   Role         `json:"actor"`
	ActorID *int64       `json:"actorId"` // of an admin
	Action  AccessAction `json:"action"`
	Entries int64        `json:"entries"`
	Rows    int64        `json:"rows"` // that were read or exported
}
