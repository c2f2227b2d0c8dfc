package archtest

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// openAPI is the path of the API's document from the root of the module.
const openAPI = "api/openapi.yaml"

// It keeps the texts of the API's document in plain English, by
// the bounds that apply to comments.
func TestOpenAPI_Wordings_StayBelowBounds(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(root + "/" + openAPI)
	require.NoError(t, err)
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(content, &document))
	checkWordings(t, "the API's document", texts(&document))
}

// texts returns the summaries, descriptions and extension texts of a document, without those of
// examples.
func texts(n *yaml.Node) (all []passage) {
	if n.Kind != yaml.MappingNode {
		for _, child := range n.Content {
			all = append(all, texts(child)...)
		}
		return all
	}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		switch {
		case key == "example":
		case value.Kind != yaml.ScalarNode:
			all = append(all, texts(value)...)
		case key == "summary", key == "description", strings.HasPrefix(key, "x-"):
			all = append(all, passage{openAPI, value.Line, value.Value})
		}
	}
	return all
}
