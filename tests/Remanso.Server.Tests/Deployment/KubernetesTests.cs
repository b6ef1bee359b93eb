using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Remanso.Server.Tests.Deployment;

/// <summary>
/// What is applied to a cluster runs the image that is built, closed and bounded, with settings that the server knows and time to
/// drain.
/// </summary>
public sealed class KubernetesTests
{
    private const string Folder = "kubernetes";
    private const string Secrets = "/run/secrets/remanso";

    private static readonly (string File, YamlNode Document)[] _all = [.. DeployFolder.Yaml(Folder)];
    private static readonly YamlNode[] _deployments = [.. OfKind("Deployment")];

    [Fact]
    public void Every_file_is_applied_by_a_kustomization_and_every_resource_is_there()
    {
        var named =
            from one in _all
            where one.Document.Text("kind") == "Kustomization"
            from resource in one.Document.List("resources")
            select Path.GetRelativePath(".", Path.Combine(Path.GetDirectoryName(one.File)!, resource.ToString()));
        // What has no kind is for another program than the cluster.
        var there = from one in _all where one.Document.Text("kind") is not null and not "Kustomization" select one.File;

        Assert.Equal(there.Append("base").Distinct().Order(StringComparer.Ordinal), named.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_API_and_workers_run_the_image_that_is_built()
    {
        Assert.Equal(["remanso-api", "remanso-worker"], _deployments.Select(NameOf).Order(StringComparer.Ordinal));
        Assert.All(_deployments, static one => Assert.Equal("remanso", Container(one).Text("image")));
        Assert.Matches(@"(?m)^  image: remanso$", File.ReadAllText(Path.Combine(DeployFolder.Root, "..", "compose.yaml")));
        // What an image's user is: https://github.com/dotnet/dotnet-docker/blob/main/documentation/sample-tags.md
        Assert.All(_deployments, static one => Assert.Equal("1654", Pod(one).Text("securityContext", "runAsUser")));
    }

    [Fact]
    public void Every_pod_is_closed_and_bounded() => Assert.All(_deployments, static one =>
        {
            var (pod, container) = (Pod(one), Container(one));
            Assert.Equal("true", pod.Text("securityContext", "runAsNonRoot"));
            Assert.Equal("RuntimeDefault", pod.Text("securityContext", "seccompProfile", "type"));
            Assert.Equal("false", pod.Text("automountServiceAccountToken"));
            Assert.Equal("false", container.Text("securityContext", "allowPrivilegeEscalation"));
            Assert.Equal("true", container.Text("securityContext", "readOnlyRootFilesystem"));
            Assert.Equal(["ALL"], container.List("securityContext", "capabilities", "drop").Select(static name => name.ToString()));
            Assert.All(["cpu", "memory"], what => Assert.NotNull(container.Text("resources", "requests", what)));
            Assert.All(["cpu", "memory"], what => Assert.NotNull(container.Text("resources", "limits", what)));
            // The name of a Service must not become a setting: REDIS_PORT is one.
            Assert.Equal("false", pod.Text("enableServiceLinks"));
        });

    [Fact]
    public void Every_pod_is_probed_where_the_server_answers() => Assert.All(_deployments, static one =>
        {
            var container = Container(one);
            var port = Assert.Single(container.List("ports"));
            Assert.Equal(("http", "8000"), (port.Text("name"), port.Text("containerPort")));
            Assert.Contains(
                "EXPOSE 8000\n",
                File.ReadAllText(Path.Combine(DeployFolder.Root, "..", "Dockerfile")),
                StringComparison.Ordinal
            );
            Assert.Equal("/health/live", PathOf("startupProbe"));
            Assert.Equal("/health/live", PathOf("livenessProbe"));
            Assert.Equal("/health/ready", PathOf("readinessProbe"));

            string? PathOf(string probe)
            {
                Assert.Equal("http", container.Text(probe, "httpGet", "port"));
                return container.Text(probe, "httpGet", "path");
            }
        });

    [Fact]
    public async Task The_paths_of_the_probes_are_answered_without_a_key()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync("--store", $"sqlite:{folder.File("store.db")}");

        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public void The_environment_of_every_pod_is_one_that_the_server_takes() => Assert.All(_deployments, static one =>
        {
            using var folder = new TemporaryFolder();
            var settings = DeployFolder.ReadSettings(Environment(one), Secrets, folder);

            Assert.Equal($"remanso-{settings.Role}".ToUpperInvariant(), one.Text("metadata", "name")!.ToUpperInvariant());
            Assert.True(settings.HasSharedTier);
            Assert.Equal(folder.File("keys.json"), settings.Security.KeyFile);
        });

    [Fact]
    public void Every_pod_has_the_time_that_its_drain_may_take() => Assert.All(_deployments, static one =>
        {
            using var folder = new TemporaryFolder();
            var stop = DeployFolder.StopOf(DeployFolder.ReadSettings(Environment(one), Secrets, folder));
            var before = double.Parse(Container(one).Text("lifecycle", "preStop", "sleep", "seconds") ?? "0", CultureInfo.InvariantCulture);
            var grace = double.Parse(Pod(one).Text("terminationGracePeriodSeconds")!, CultureInfo.InvariantCulture);

            Assert.True(grace >= before + stop.TotalSeconds, $"{grace} s are less than {before} s and a stop of {stop}.");
        });

    [Fact]
    public void Secrets_are_mounted_by_reference_and_stand_in_no_file()
    {
        Assert.Empty(OfKind("Secret"));
        Assert.All(_deployments, static one =>
        {
            var mount = Assert.Single(Container(one).List("volumeMounts"), static mount => mount.Text("mountPath") == Secrets);
            var volume = Assert.Single(Pod(one).List("volumes"), volume => volume.Text("name") == mount.Text("name"));
            Assert.Equal(("remanso", "true"), (volume.Text("secret", "secretName"), mount.Text("readOnly")));
            var addresses = Environment(one).Where(static one => one.Key.StartsWith("ConnectionStrings", StringComparison.Ordinal));
            Assert.All(addresses, static variable =>
            {
                Assert.EndsWith("_FILE", variable.Key, StringComparison.Ordinal);
                Assert.StartsWith(Secrets + "/", variable.Value, StringComparison.Ordinal);
            });
        });
        Assert.All(_all, static one => Assert.DoesNotContain("://", DeployFolder.Read($"{Folder}/{one.File}"), StringComparison.Ordinal));
    }

    [Fact]
    public void What_selects_pods_selects_those_that_there_are()
    {
        var labels = _deployments.ToDictionary(NameOf, static one => Labels(one.Find("spec", "template", "metadata", "labels")));
        Assert.All(_deployments, one => Assert.Equal(labels[NameOf(one)], Labels(one.Find("spec", "selector", "matchLabels"))));
        Assert.Equal(labels["remanso-api"], Labels(Assert.Single(OfKind("Service")).Find("spec", "selector")));
        Assert.Equal("http", Assert.Single(OfKind("Service")).List("spec", "ports").Single().Text("targetPort"));
        var budgets = OfKind("PodDisruptionBudget").ToArray();
        Assert.Equal(labels.Keys.Order(StringComparer.Ordinal), budgets.Select(NameOf).Order(StringComparer.Ordinal));
        Assert.All(budgets, one => Assert.Equal(labels[NameOf(one)], Labels(one.Find("spec", "selector", "matchLabels"))));
        Assert.All(OfKind("NetworkPolicy"), one =>
        {
            var selected = Labels(one.Find("spec", "podSelector", "matchLabels"));
            Assert.Contains(labels.Values, pod => selected.IsSubsetOf(pod));
        });
    }

    [Fact]
    public void Workers_are_scaled_by_the_lag_and_there_are_never_fewer_than_the_budget_spares()
    {
        var scaler = Assert.Single(OfKind("HorizontalPodAutoscaler"));
        Assert.Equal("remanso-worker", scaler.Text("spec", "scaleTargetRef", "name"));
        Assert.True(int.Parse(scaler.Text("spec", "minReplicas")!, CultureInfo.InvariantCulture) >= 2);
        var metric = Assert.Single(scaler.List("spec", "metrics")).Text("external", "metric", "name");
        var rule = Assert.Single(_all.SelectMany(static one => one.Document.List("rules", "external")));

        // The alerts' names are held to the meter.
        Assert.Contains(metric!, DeployFolder.Read("prometheus/remanso-alerts.yml"), StringComparison.Ordinal);
        Assert.Equal(metric, rule.Text("name", "as"));
        Assert.StartsWith(metric!, rule.Text("seriesQuery"), StringComparison.Ordinal);
    }

    [Fact]
    public void No_apply_states_how_many_there_are_of_what_is_scaled()
    {
        var scaled = OfKind("HorizontalPodAutoscaler").Select(static one => one.Text("spec", "scaleTargetRef", "name"));
        var overlay = Assert.Single(_all, static one => one.File == Path.Combine("autoscaling", "kustomization.yaml")).Document;
        var removed =
            from patch in overlay.List("patches")
            where patch.Text("target", "kind") == "Deployment" && patch.Text("patch") == "- { op: remove, path: /spec/replicas }"
            select patch.Text("target", "name");

        Assert.Equal(scaled, removed);
    }

    private static IEnumerable<YamlNode> OfKind(string kind) =>
        _all.Select(static one => one.Document).Where(document => document.Text("kind") == kind);

    private static string NameOf(YamlNode node) => node.Text("metadata", "name")!;

    private static YamlNode Pod(YamlNode deployment) => deployment.Find("spec", "template", "spec")!;

    private static YamlNode Container(YamlNode deployment) => Assert.Single(Pod(deployment).List("containers"));

    private static HashSet<string> Labels(YamlNode? node) =>
        [.. ((YamlMappingNode)node!).Children.Select(static label => $"{label.Key}={label.Value}")];

    private static KeyValuePair<string, string>[] Environment(YamlNode deployment)
    {
        var map = Assert.Single(Container(deployment).List("envFrom")).Text("configMapRef", "name");
        var maps = _all.SelectMany(static one => one.Document.List("configMapGenerator"));
        var generated = Assert.Single(maps, one => one.Text("name") == map);
        return
        [
            .. from literal in generated.List("literals")
            let pair = literal.ToString().Split('=', 2)
            select KeyValuePair.Create(pair[0], pair[1]),
            .. from variable in Container(deployment).List("env")
            select KeyValuePair.Create(variable.Text("name")!, variable.Text("value")!),
            // As the image has it.
            KeyValuePair.Create("urls", "http://+:8000"),
        ];
    }
}
