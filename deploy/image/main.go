// Command image builds the marketplace's container image without a container engine: one static
// binary with a list of what it is made of, the authorities that browsers trust, and a user who is not
// root; there is no shell and nothing else in it. `make image` runs it.
//
//	image [--arch amd64,arm64] [--tag NAME:TAG] [--out FILE] [--push]
package main

import (
	"archive/tar"
	"bytes"
	"debug/buildinfo"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user is nobody who owns anything: 65532 is what images without a distribution use.
const user = "65532:65532"

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	source := flags.String("source", ".", "the project's folder")
	arch := flags.String("arch", "amd64", "one or more, with commas: amd64, arm64")
	tag := flags.String("tag", "market:latest", "the image's name")
	file := flags.String("out", "market-image.tar", "the file for `docker load`, of the first architecture")
	push := flags.Bool("push", false, "send it to the registry of its name, with the credentials of `docker login`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ref, err := name.NewTag(*tag)
	if err != nil {
		return err
	}
	images := map[string]v1.Image{}
	architectures := strings.Split(*arch, ",")
	for _, a := range architectures {
		if images[a], err = build(*source, a); err != nil {
			return fmt.Errorf("%s: %w", a, err)
		}
	}
	if err := tarball.WriteToFile(*file, ref, images[architectures[0]]); err != nil {
		return err
	}
	digest, err := images[architectures[0]].Digest()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%s is %s of %s\n", *file, digest, ref); err != nil || !*push {
		return err
	}
	index := v1.ImageIndex(empty.Index)
	for _, a := range architectures {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: images[a], Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: a}},
		})
	}
	return remote.WriteIndex(ref, index, remote.WithAuthFromKeychain(authn.DefaultKeychain))
}

// build makes the image of an architecture. Of the same sources it is the same image, to the byte.
func build(source, arch string) (v1.Image, error) {
	dir, err := os.MkdirTemp("", "market-image-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "market")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=auto", "-ldflags=-s -w", "-o", binary, ".")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if output, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, output)
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	components, err := sbom(program)
	if err != nil {
		return nil, err
	}
	// What hardly ever changes comes first, so that a new version is one layer.
	image := v1.Image(empty.Image)
	for _, files := range [][]file{
		{
			{"etc/passwd", 0o444, []byte("market:x:65532:65532::/:/sbin/nologin\n")},
			{"etc/group", 0o444, []byte("market:x:65532:\n")},
			{"etc/ssl/certs/ca-certificates.crt", 0o444, authorities()},
		},
		{{"market", 0o555, program}, {sbomFile, 0o444, components}},
	} {
		if image, err = add(image, files); err != nil {
			return nil, err
		}
	}
	cfg, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	cfg = cfg.DeepCopy()
	cfg.OS, cfg.Architecture = "linux", arch
	cfg.Config = v1.Config{
		User: user, Entrypoint: []string{"/market"}, Cmd: []string{"help"}, WorkingDir: "/",
		ExposedPorts: map[string]struct{}{"8080/tcp": {}, "8081/tcp": {}, "9090/tcp": {}},
		Labels: map[string]string{
			"org.opencontainers.image.title": "All-In-Market", "org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	return mutate.ConfigFile(image, cfg)
}

// sbomFile is where the image has its software bill of materials.
const sbomFile = "sbom.cdx.json"

// sbom returns the software bill of materials of a program in the format CycloneDX: its modules and the
// version of Go, as the program itself names them.
func sbom(program []byte) ([]byte, error) {
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		return nil, err
	}
	component := func(kind cyclonedx.ComponentType, path, version string) cyclonedx.Component {
		url := "pkg:golang/" + path + "@" + version
		return cyclonedx.Component{BOMRef: url, Type: kind, Name: path, Version: version, PackageURL: url}
	}
	bom := cyclonedx.NewBOM()
	of := component(cyclonedx.ComponentTypeApplication, info.Main.Path, info.Main.Version)
	bom.Metadata = &cyclonedx.Metadata{Component: &of}
	components := []cyclonedx.Component{
		component(cyclonedx.ComponentTypeLibrary, "stdlib", strings.TrimPrefix(info.GoVersion, "go")),
	}
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		components = append(components, component(cyclonedx.ComponentTypeLibrary, d.Path, d.Version))
	}
	bom.Components = &components
	var out bytes.Buffer
	err = cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
	return out.Bytes(), err
}

type file struct {
	name    string
	mode    int64
	content []byte
}

// add puts files, which belong to root and carry no times, into a layer of their own.
func add(image v1.Image, files []file) (v1.Image, error) {
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	made := map[string]bool{}
	for _, f := range files {
		for i, c := range f.name {
			if folder := f.name[:i]; c == '/' && !made[folder] {
				made[folder] = true
				if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder + "/",
					Mode: 0o555}); err != nil {
					return nil, err
				}
			}
		}
		if err := w.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.content)),
		}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(layer.Bytes())), nil
	})
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(image, l)
}

// authorities are those that the browsers of Mozilla trust, as the Go project keeps them.
func authorities() []byte {
	var all bytes.Buffer
	for root := range bundle.Roots() {
		_ = pem.Encode(&all, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate})
	}
	return all.Bytes()
}
