package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"
)

// unpacked is the image's file system in a folder, as a container engine lays it out, for this
// machine's architecture.
func unpacked(t *testing.T, image v1.Image) (root string) {
	t.Helper()
	root = t.TempDir()
	files := mutate.Extract(image)
	defer files.Close()
	all := tar.NewReader(files)
	var folders []string
	for {
		h, err := all.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		path := filepath.Join(root, h.Name)
		require.Zero(t, h.Uid, "%s belongs to root", h.Name)
		require.Zero(t, h.Mode&0o222, "nobody may write %s", h.Name)
		if h.Typeflag == tar.TypeDir {
			require.NoError(t, os.MkdirAll(path, 0o755))
			folders = append(folders, path)
			continue
		}
		require.EqualValues(t, tar.TypeReg, h.Typeflag, h.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		content, err := io.ReadAll(all)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, content, os.FileMode(h.Mode)))
	}
	for _, f := range append(folders, root) {
		require.NoError(t, os.Chmod(f, 0o555))
	}
	t.Cleanup(func() {
		for _, f := range append(folders, root) {
			_ = os.Chmod(f, 0o755)
		}
	})
	return root
}

// inside is a command in the image's file system, as its user, who may write nothing there.
func inside(root string, cfg v1.Config, env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(cfg.Entrypoint[0], args...)
	cmd.Err = nil // it is looked for in the folder, not here
	cmd.Dir, cmd.Env = "/", env
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 65532, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 65532, HostID: os.Getgid(), Size: 1}}
		cmd.SysProcAttr.Credential.NoSetGroups = true
	}
	return cmd
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// From an empty database to a marketplace that is ready, and to
// its orderly end, in a file system that holds nothing else and cannot be written.
func TestImage_MigrateAndSeed_Run(t *testing.T) {
	if os.Getenv("DATABASE_URL") == "" {
		t.Skip("it needs PostgreSQL, Redis and Temporal: `make test` runs it in a throw-away stack")
	}
	tar := filepath.Join(t.TempDir(), "image.tar")
	var said bytes.Buffer
	require.NoError(t, run([]string{"--source", "../..", "--out", tar, "--tag", "market:test"}, &said))
	require.Contains(t, said.String(), "sha256:")
	image, err := tarball.ImageFromPath(tar, nil)
	require.NoError(t, err)
	cfg, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, user, cfg.Config.User)
	root := unpacked(t, image)

	encoded, err := os.ReadFile(filepath.Join(root, sbomFile))
	require.NoError(t, err)
	var bom cyclonedx.BOM
	require.NoError(t, cyclonedx.NewBOMDecoder(bytes.NewReader(encoded), cyclonedx.BOMFileFormatJSON).Decode(&bom))
	info, err := buildinfo.ReadFile(filepath.Join(root, "market"))
	require.NoError(t, err)
	listed := map[string]string{}
	for _, c := range *bom.Components {
		listed[c.Name] = c.Version
	}
	require.Equal(t, strings.TrimPrefix(info.GoVersion, "go"), listed["stdlib"])
	require.Greater(t, len(info.Deps), 20)
	for _, d := range info.Deps {
		require.Equal(t, d.Version, listed[d.Path], "each module of the program is in the bill of materials")
	}

	roots, err := os.ReadFile(filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))
	require.NoError(t, err)
	require.True(t, x509.NewCertPool().AppendCertsFromPEM(roots))
	require.Greater(t, bytes.Count(roots, []byte("BEGIN CERTIFICATE")), 100)

	help, err := inside(root, cfg.Config, nil, "help").CombinedOutput()
	require.NoError(t, err, string(help))
	require.Contains(t, string(help), "market [command]")
	refused, err := inside(root, cfg.Config, nil, "all").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(refused), "DATABASE_URL")

	api, metrics := freeAddress(t), freeAddress(t)
	env := []string{
		"MARKET_PROFILE=local", "JWT_SECRET=" + strings.Repeat("s", 32), "IMAGES_URL=s3://market-images?region=ap-northeast-2", "API_ADDR=" + api,
		"ADMIN_ADDR=" + freeAddress(t), "METRICS_ADDR=" + metrics, "SIMULATOR_ADDR=" + freeAddress(t),
	}
	for _, name := range []string{"DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS"} {
		env = append(env, name+"="+os.Getenv(name))
	}
	migrated, err := inside(root, cfg.Config, env, "migrate").CombinedOutput()
	require.NoError(t, err, string(migrated))
	require.Contains(t, string(migrated), "applied 00001")
	pictures := filepath.Join(root, "pictures") // of the demo products; the program serves another store
	require.NoError(t, os.Mkdir(pictures, 0o700))
	if os.Getuid() == 0 {
		require.NoError(t, os.Chown(pictures, 65532, 65532))
	}
	seeds := append(slices.Clone(env), "IMAGES_URL=file:///pictures")
	seeded, err := inside(root, cfg.Config, seeds, "seed").CombinedOutput()
	require.NoError(t, err, string(seeded))

	var log bytes.Buffer
	serving := inside(root, cfg.Config, env, "all")
	serving.Stdout, serving.Stderr = &log, &log
	require.NoError(t, serving.Start())
	defer func() { _ = serving.Process.Kill() }()
	ended := make(chan error, 1)
	go func() { ended <- serving.Wait() }()
	deadline := time.Now().Add(time.Minute)
	for status("http://"+metrics+"/readyz") != 200 {
		select {
		case err := <-ended:
			require.Fail(t, "it has ended", "%v: %s", err, log.String())
		case <-time.After(100 * time.Millisecond):
			require.True(t, time.Now().Before(deadline), "it is not ready")
		}
	}
	require.Equal(t, 200, status("http://"+api+"/products"))
	who, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", serving.Process.Pid))
	require.NoError(t, err)
	if os.Getuid() == 0 {
		require.Contains(t, string(who), "Uid:\t65532\t65532")
	}
	require.Contains(t, string(who), "CapEff:\t0000000000000000")
	require.NoError(t, serving.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-ended:
		require.NoError(t, err, log.String())
	case <-time.After(time.Minute):
		require.Fail(t, "it does not stop")
	}
}

func status(address string) int {
	answer, err := http.Get(address)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func TestImage_BuiltTwice_IsIdentical(t *testing.T) {
	var digests []v1.Hash
	for range 2 {
		image, err := build("../..", "amd64")
		require.NoError(t, err)
		digest, err := image.Digest()
		require.NoError(t, err)
		digests = append(digests, digest)
		size := int64(0)
		layers, err := image.Layers()
		require.NoError(t, err)
		for _, l := range layers {
			n, err := l.Size()
			require.NoError(t, err)
			size += n
		}
		require.Less(t, size, int64(60<<20), "what a machine downloads")
	}
	require.Equal(t, digests[0], digests[1])
}
