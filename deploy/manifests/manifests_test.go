// Package manifests holds what the marketplace is deployed with; its tests build and read it
// without a cluster, a Docker engine or a network.
package manifests

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// example is what kustomize makes of the example overlay, each object decoded strictly: a field
// that its kind does not have, or of another type, is an error.
func example(t *testing.T) []runtime.Object {
	t.Helper()
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "kubernetes/example")
	require.NoError(t, err)
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme, corev1.AddToScheme,
		networkingv1.AddToScheme,
		policyv1.AddToScheme,
	} {
		require.NoError(t, add(scheme))
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	var objects []runtime.Object
	for _, r := range made.Resources() {
		text, err := r.AsYAML()
		require.NoError(t, err)
		o, _, err := decoder.Decode(text, nil, nil)
		require.NoError(t, err, string(text))
		objects = append(objects, o)
	}
	return objects
}

func of[T runtime.Object](objects []runtime.Object) (found []T) {
	for _, o := range objects {
		if o, ok := o.(T); ok {
			found = append(found, o)
		}
	}
	return found
}

// templates are the pods of deployments and jobs, by the name of what makes them.
func templates(objects []runtime.Object) map[string]corev1.PodTemplateSpec {
	all := map[string]corev1.PodTemplateSpec{}
	for _, d := range of[*appsv1.Deployment](objects) {
		all[d.Name] = d.Spec.Template
	}
	for _, j := range of[*batchv1.Job](objects) {
		all[j.Name] = j.Spec.Template
	}
	return all
}

// known are the names of the environment that the marketplace reads.
func known(t *testing.T) map[string]bool {
	t.Helper()
	source, err := os.ReadFile("../../internal/config/config.go")
	require.NoError(t, err)
	names := map[string]bool{"GOMEMLIMIT": true, "SSL_CERT_DIR": true}
	for _, m := range regexp.MustCompile(`env:"(\w+)`).FindAllSubmatch(source, -1) {
		names[string(m[1])] = true
	}
	require.Greater(t, len(names), 40)
	return names
}

// program is the source of the program that containers run, which names its subcommands.
func program(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../../app/commands/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all []byte
	for _, f := range files {
		source, err := os.ReadFile(f)
		require.NoError(t, err)
		all = append(all, source...)
	}
	return string(all)
}

func TestManifests_Example_FitsTheSchema(t *testing.T) {
	objects := example(t)
	require.Len(t, of[*appsv1.Deployment](objects), 3)
	require.Len(t, of[*batchv1.Job](objects), 2)
	require.Len(t, of[*policyv1.PodDisruptionBudget](objects), 3)
	require.Len(t, of[*autoscalingv2.HorizontalPodAutoscaler](objects), 2)
	names, source := known(t), program(t)
	configured := map[string]bool{}
	for _, c := range of[*corev1.ConfigMap](objects) {
		for name := range c.Data {
			if strings.HasPrefix(c.Name, "market-authority") {
				continue
			}
			require.True(t, names[name], "nothing reads %s", name)
			configured[name] = true
		}
	}
	for name, pod := range templates(objects) {
		container := pod.Spec.Containers[0]
		require.Equal(t, "registry.example.com/market:1.0.0", container.Image, name)
		require.Contains(t, source, fmt.Sprintf("%q", container.Args[0]), "%s runs a subcommand", name)
		require.Equal(t, "1.0.0", pod.Labels["market.example/build"], name)
		for _, e := range container.Env {
			require.True(t, names[e.Name], "%s: nothing reads %s", name, e.Name)
			require.False(t, e.Value == "" && e.ValueFrom == nil, name)
		}
	}
	for _, name := range []string{"TEMPORAL_ADDRESS", "API_ADDR", "METRICS_ADDR", "BANK_URL", "SSL_CERT_DIR"} {
		require.True(t, configured[name], name)
	}
}

// Pods do not run as root, write to mounts only, have no privileges, bounded memory, no token of the
// cluster and no secret in the manifest.
func TestManifests_EachPod_IsConfined(t *testing.T) {
	for name, pod := range templates(example(t)) {
		require.True(t, *pod.Spec.SecurityContext.RunAsNonRoot, name)
		require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.Spec.SecurityContext.SeccompProfile.Type, name)
		require.False(t, *pod.Spec.AutomountServiceAccountToken, name)
		for _, c := range pod.Spec.Containers {
			require.True(t, *c.SecurityContext.ReadOnlyRootFilesystem, name)
			require.False(t, *c.SecurityContext.AllowPrivilegeEscalation, name)
			require.Equal(t, []corev1.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop, name)
			require.False(t, c.Resources.Limits.Memory().IsZero(), name)
			for _, e := range c.Env {
				if e.Value != "" {
					require.NotRegexp(t, "SECRET|PASSWORD|DATABASE_URL", e.Name, name)
				}
			}
		}
	}
}

// It is away for all pods, and none would be left. A new pod waits for
// all of them, so that a release with a wrong secret replaces nothing.
func TestManifests_Probes_IgnoreDependencies(t *testing.T) {
	for _, d := range of[*appsv1.Deployment](example(t)) {
		c := d.Spec.Template.Spec.Containers[0]
		require.Equal(t, "/readyz", c.StartupProbe.HTTPGet.Path, d.Name)
		require.Equal(t, "/healthz", c.ReadinessProbe.HTTPGet.Path, d.Name)
		require.Equal(t, "/healthz", c.LivenessProbe.HTTPGet.Path, d.Name)
	}
}

// Services, budgets, autoscalers and policies each find pods.
func TestManifests_Selectors_Match(t *testing.T) {
	objects := example(t)
	pods := templates(objects)
	selected := func(s *metav1.LabelSelector) (names []string) {
		selector, err := metav1.LabelSelectorAsSelector(s)
		require.NoError(t, err)
		for name, pod := range pods {
			if selector.Matches(labels.Set(pod.Labels)) {
				names = append(names, name)
			}
		}
		return names
	}
	for _, d := range of[*appsv1.Deployment](objects) {
		require.Equal(t, []string{d.Name}, selected(d.Spec.Selector))
		require.GreaterOrEqual(t, *d.Spec.Replicas, int32(2), "one may go")
		grace := *d.Spec.Template.Spec.TerminationGracePeriodSeconds
		require.GreaterOrEqual(t, grace, int64(25+20+5), "what runs may end: SHUTDOWN_TIMEOUT, and activities")
	}
	for _, p := range of[*policyv1.PodDisruptionBudget](objects) {
		require.Len(t, selected(p.Spec.Selector), 1, p.Name)
	}
	for _, s := range of[*corev1.Service](objects) {
		found := selected(&metav1.LabelSelector{MatchLabels: s.Spec.Selector})
		require.Len(t, found, 1, s.Name)
		ports := pods[found[0]].Spec.Containers[0].Ports
		require.Equal(t, s.Spec.Ports[0].TargetPort.StrVal, ports[0].Name, s.Name)
	}
	for _, h := range of[*autoscalingv2.HorizontalPodAutoscaler](objects) {
		require.Contains(t, pods, h.Spec.ScaleTargetRef.Name)
		if external := h.Spec.Metrics[0].External; external != nil {
			build := pods[h.Spec.ScaleTargetRef.Name].Labels["market.example/build"]
			require.Equal(t, map[string]string{"build": build}, external.Metric.Selector.MatchLabels)
		}
	}
	for _, p := range of[*networkingv1.NetworkPolicy](objects) {
		require.NotEmpty(t, selected(&p.Spec.PodSelector), p.Name)
	}
	for name, pod := range pods {
		for _, v := range pod.Spec.Volumes {
			if v.ConfigMap != nil {
				require.Regexp(t, "^market-authority-", v.ConfigMap.Name, "%s: with the hash of what it holds", name)
			}
		}
	}
}

func TestManifests_Wrong_AreRefused(t *testing.T) {
	scheme := runtime.NewScheme()
	require.NoError(t, appsv1.AddToScheme(scheme))
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, wrong := range []string{"replicaz: 1", "replicas: many", "template: {spec: {containers: [{imagee: x}]}}"} {
		_, _, err := decoder.Decode([]byte("apiVersion: apps/v1\nkind: Deployment\nspec: {"+wrong+"}\n"), nil, nil)
		require.Error(t, err, wrong)
	}
}

func TestCompose_Example_FitsTheSchema(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{"compose.yaml"}, cli.WithName("market"))
	require.NoError(t, err)
	project, err := options.LoadProject(context.Background())
	require.NoError(t, err)
	names, source := known(t), program(t)
	marketplace := 0
	for name, s := range project.Services {
		if s.Image != "market:latest" {
			continue
		}
		marketplace++
		require.True(t, s.ReadOnly, name)
		require.Equal(t, "65532:65532", s.User, name)
		require.Contains(t, source, fmt.Sprintf("%q", s.Command[0]), name)
		for variable := range s.Environment {
			require.True(t, names[variable], "%s: nothing reads %s", name, variable)
		}
		for _, volume := range s.Volumes {
			require.Equal(t, types.VolumeTypeVolume, volume.Type, name)
		}
		for other := range s.DependsOn {
			require.Contains(t, project.Services, other, name)
		}
	}
	require.Equal(t, 6, marketplace)
}

// Every file of the folder is part of the example.
func TestManifests_Files_AreFormatted(t *testing.T) {
	for _, folder := range []string{"base", "release", "example/app", "example/workers-1.0.0", "example"} {
		text, err := os.ReadFile("kubernetes/" + folder + "/kustomization.yaml")
		require.NoError(t, err)
		var k struct {
			Resources []string `json:"resources"`
		}
		require.NoError(t, yaml.Unmarshal(text, &k))
		files, err := os.ReadDir("kubernetes/" + folder)
		require.NoError(t, err)
		for _, f := range files {
			if f.Name() != "kustomization.yaml" && !strings.HasSuffix(f.Name(), ".pem") {
				require.Contains(t, k.Resources, f.Name(), folder)
			}
		}
	}
}
