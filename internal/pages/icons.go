package pages

import (
	"context"
	"embed"
	"fmt"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// icons are those of Lucide that pages use, as its package lucide-static has them.
//
//go:embed icons
var icons embed.FS

// iconsByName are the icons as pages contain them.
var iconsByName = readIcons()

func readIcons() map[string]string {
	files, err := icons.ReadDir("icons")
	if err != nil {
		panic(err)
	}
	all := map[string]string{}
	for _, file := range files {
		name, isIcon := strings.CutSuffix(file.Name(), ".svg")
		if !isIcon {
			continue
		}
		content, err := icons.ReadFile("icons/" + file.Name())
		if err != nil {
			panic(err)
		}
		_, shapes, _ := strings.Cut(string(content), "\n>")
		all[name] = `<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" ` +
			`stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">` +
			strings.Join(strings.Fields(shapes), " ")
	}
	return all
}

// Icon shows an icon beside a text. It panics for a name without one.
func Icon(name string) templ.Component {
	svg, ok := iconsByName[name]
	if !ok {
		panic(fmt.Sprintf("pages: there is no icon %q", name))
	}
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, svg)
		return err
	})
}
