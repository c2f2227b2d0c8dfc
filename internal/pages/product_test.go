package pages

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInitial_AnyName_IsOneLetter(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"apple": "A", "책": "책", "éclair": "É", "9 lives": "9"} {
		require.Equal(t, want, initial(name))
	}
}
