using System.Diagnostics;
using System.Globalization;

namespace Remanso.Server.Tests.Deployment;

/// <summary>The unit runs the server closed, bounded, with settings that it knows and time to drain.</summary>
public sealed class SystemdTests
{
    private const string Unit = "systemd/remanso.service";

    private static readonly ILookup<string, string> _service = ReadSection("[Service]");

    [Fact]
    public void The_service_is_closed_and_bounded()
    {
        Assert.All(
            [
                "DynamicUser",
                "NoNewPrivileges",
                "ProtectHome",
                "ProtectClock",
                "ProtectHostname",
                "ProtectControlGroups",
                "ProtectKernelLogs",
                "ProtectKernelModules",
                "ProtectKernelTunables",
                "PrivateTmp",
                "PrivateDevices",
                "PrivateUsers",
                "LockPersonality",
                "RestrictNamespaces",
                "RestrictRealtime",
                "RestrictSUIDSGID",
            ],
            static name => Assert.Equal(["yes"], _service[name])
        );
        Assert.Equal(["strict"], _service["ProtectSystem"]);
        Assert.Equal([""], _service["CapabilityBoundingSet"]);
        Assert.Equal(["native"], _service["SystemCallArchitectures"]);
        Assert.NotEmpty(_service["MemoryMax"]);
        Assert.NotEmpty(_service["TasksMax"]);
    }

    [Fact]
    public void It_is_started_again_where_it_fails_and_has_the_time_that_its_drain_may_take()
    {
        using var folder = new TemporaryFolder();
        var stop = DeployFolder.StopOf(DeployFolder.ReadSettings(Environment(), "%d", folder));

        Assert.Equal(["on-failure"], _service["Restart"]);
        Assert.True(double.Parse(_service["TimeoutStopSec"].Single().TrimEnd('s'), CultureInfo.InvariantCulture) >= stop.TotalSeconds);
    }

    [Fact]
    public void Its_environment_is_one_that_the_server_takes_with_secrets_as_credentials()
    {
        using var folder = new TemporaryFolder();
        DeployFolder.ReadSettings(Environment(), "%d", folder);

        var credentials = _service["LoadCredential"].Select(static one => one.Split(':')[0]).ToArray();
        Assert.Equal(["tier", "store"], credentials);
        Assert.Equal(
            credentials.Select(static name => "%d/" + name).Order(StringComparer.Ordinal),
            (from one in Environment() where one.Key.EndsWith("_FILE", StringComparison.Ordinal) select one.Value).Order(
                StringComparer.Ordinal
            )
        );
        Assert.DoesNotContain("://", DeployFolder.Read(Unit), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Systemd_finds_nothing_wrong_where_it_is_installed()
    {
        if (!File.Exists("/usr/bin/systemd-analyze"))
        {
            return;
        }

        using var folder = new TemporaryFolder();
        // The files of the server are the operator's.
        var unit = DeployFolder.Read(Unit).Replace("ExecStart=/usr/bin/dotnet", "ExecStart=/bin/true", StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder.File("remanso.service"), unit);
        var start = new ProcessStartInfo("/usr/bin/systemd-analyze", ["verify", folder.File("remanso.service")])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((0, string.Empty), (process.ExitCode, errors));
    }

    private static IEnumerable<KeyValuePair<string, string>> Environment() =>
        from one in _service["Environment"]
        let pair = one.Split('=', 2)
        where !pair[0].StartsWith("DOTNET_", StringComparison.Ordinal)
        select KeyValuePair.Create(pair[0], pair[1]);

    private static ILookup<string, string> ReadSection(string name) =>
        DeployFolder
            .Read(Unit)
            .Split('\n')
            .SkipWhile(line => line != name)
            .Skip(1)
            .TakeWhile(static line => !line.StartsWith('['))
            .Where(static line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
            .Select(static line => line.Split('=', 2))
            .ToLookup(static pair => pair[0], static pair => pair[1]);
}
