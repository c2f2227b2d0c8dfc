package migrations

// NewProvider is newProvider, for tests that apply some of the migrations.
var NewProvider = newProvider
