package market

import "slices"

// StateMachine maps each state to its permitted next states. A state that is not in it does not
// exist; one with an empty list is final.
type StateMachine[S ~string] map[S][]S

// Has reports whether a state exists.
func (m StateMachine[S]) Has(s S) bool {
	_, ok := m[s]
	return ok
}

// Allows reports whether a status may change to another.
func (m StateMachine[S]) Allows(from, to S) bool { return slices.Contains(m[from], to) }
