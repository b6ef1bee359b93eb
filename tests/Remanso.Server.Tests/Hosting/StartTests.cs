using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Remanso.Server.Configuration;

namespace Remanso.Server.Tests.Hosting;

/// <summary>What a wrong start says: one line on stderr, exit code 1, no stack trace.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData(
        "--Remanso:MaxBytesInFlight=4194303",
        "Remanso:MaxBytesInFlight must be a number of bytes, at least four times the largest MaxValueBytes (4194304), but is 4194303"
    )]
    [InlineData("--Remanso:TransferTimeout=10ms", "Remanso:TransferTimeout must be 1s to 1h, but is 10ms")]
    [InlineData("--Remanso:ReadersMayReload=maybe", "Remanso:ReadersMayReload must be true or false, but is maybe")]
    [InlineData("--colour=red", "--colour is not a known switch")]
    [InlineData("--store", "--store needs a value")]
    [InlineData("start", "start is not a switch")]
    public Task A_wrong_setting_stops_the_start_with_one_line_that_names_it(string argument, string expected) =>
        WrongStart.IsToldAsync(argument, expected);

    [Fact]
    public async Task A_file_of_keys_that_is_none_stops_the_start_with_its_setting()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("keys.json"), "{");

        var (code, output, errors) = await ServerProcess.RunAsync(
            folder.Path,
            ["--urls", "http://127.0.0.1:0", "--Remanso:Security:KeyFile", "keys.json"]
        );

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("remanso: Remanso:Security:KeyFile: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("create", "--help")]
    [InlineData("create", "app", "-h")]
    public async Task The_help_of_keys_is_that_of_keys(params string[] arguments)
    {
        using var folder = new TemporaryFolder();

        var (code, output, errors) = await ServerProcess.RunAsync(folder.Path, ["keys", .. arguments]);

        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("--prefix PREFIX", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_is_called_help_is_a_value()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(0, (await ServerProcess.RunAsync(folder.Path, ["keys", "create", "help", "--scopes", "all"])).ExitCode);
        var (code, output, _) = await ServerProcess.RunAsync(folder.Path, ["keys", "revoke", "help"]);
        Assert.Equal(0, code);
        Assert.Contains("(help) is revoked", output, StringComparison.Ordinal);

        Assert.Null(CommandLine.Answer(["--store", "help", "--tier", "-v"]));
        foreach (
            var asked in (string[][])
                [
                    ["--store", "x", "--help"],
                    ["--store", "--help"],
                    ["--allow-anonymous", "-h"],
                    ["--role=api", "help"],
                ]
        )
        {
            Assert.Equal(CommandLine.Usage, CommandLine.Answer(asked));
        }
    }

    [Fact]
    public async Task Endpoints_take_the_place_of_an_address_of_the_environment_that_is_emptied()
    {
        using var folder = new TemporaryFolder();
        string[] switches = ["--urls", "", "--Kestrel:Endpoints:A:Url", "http://127.0.0.1:0"];

        var (code, _, errors) = await ServerProcess.RunAsync(folder.Path, switches[2..], ("ASPNETCORE_URLS", "http://+:8000"));
        Assert.Equal(1, code);
        Assert.Contains("ASPNETCORE_URLS", errors, StringComparison.Ordinal);

        await using var server = await ServerProcess.StartAsync(folder.Path, switches, [("ASPNETCORE_URLS", "")]);
        Assert.Contains("http://127.0.0.1:", server.Banner, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keys_of_broken_settings_end_with_one_line_too()
    {
        using var folder = new TemporaryFolder();

        var (code, output, errors) = await ServerProcess.RunAsync(
            folder.Path,
            ["keys", "list"],
            ("ConnectionStrings__Store_FILE", "/nowhere/store")
        );

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("remanso: ", errors, StringComparison.Ordinal);
        Assert.Contains("/nowhere/store", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_journal_beside_redis_is_refused()
    {
        using var folder = new TemporaryFolder();

        var (code, _, errors) = await ServerProcess.RunAsync(folder.Path, ["--tier", "redis://localhost:1", "--journal", "sqlite:j.db"]);

        Assert.Equal(1, code);
        Assert.StartsWith(
            "remanso: ConnectionStrings:Journal is for the memory tier; ConnectionStrings:Tier chooses Redis",
            errors,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("Remanso__Caches__default__Load__MaxBatch", "0", "Remanso:Caches:default:Load:MaxBatch must be 1 to 10000")]
    [InlineData("REDIS_HOST", "redis local", "REDIS_HOST: A host of the Redis address is empty or has spaces")]
    [InlineData("REDIS_PORT", "many", "REDIS_PORT must be 0 to 65535, but is many")]
    [InlineData("ConnectionStrings__Tier", "redis://", "ConnectionStrings:Tier: A host of the Redis address is empty")]
    [InlineData(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "collector:4317",
        "OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://localhost:4317, but is collector:4317"
    )]
    public async Task The_environment_sets_the_same_settings(string name, string value, string expected)
    {
        using var folder = new TemporaryFolder();

        var (code, _, errors) = await ServerProcess.RunAsync(folder.Path, ["--urls", "http://127.0.0.1:0"], (name, value));

        Assert.Equal(1, code);
        Assert.StartsWith("remanso: " + expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_empty_is_not_set()
    {
        string[] names =
        [
            "ConnectionStrings:Tier",
            "ConnectionStrings:Store",
            "ConnectionStrings:Journal",
            "Remanso:Role",
            "Remanso:StopGrace",
            "Remanso:ListenForChanges",
            "Remanso:MaxBytesInFlight",
            "Remanso:TransferTimeout",
            "Remanso:ReadersMayReload",
            "Remanso:MySql:Driver",
            "Remanso:Security:AllowAnonymous",
            "REDIS_HOST",
            "REDIS_PORT",
            "urls",
        ];

        var settings = ServerSettings.Read(Of([.. names.Select(static name => (name, ""))]));

        Assert.Equal(("memory:", "sqlite:data/remanso.db", Role.All), (settings.Tier, settings.Store, settings.Role));
        Assert.True(settings.ReadersMayReload);
        Assert.Equal("redis://[::1]:6379", ServerSettings.TierOf(Of(("REDIS_HOST", "::1"), ("REDIS_PORT", ""))).Address);
        Assert.Equal("redis://cache:7000", ServerSettings.TierOf(Of(("REDIS_HOST", "cache"), ("REDIS_PORT", "7000"))).Address);

        static IConfiguration Of(params (string Name, string Value)[] settings) =>
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(static one => KeyValuePair.Create(one.Name, (string?)one.Value)))
                .Build();
    }

    [Fact]
    public async Task Headers_for_a_collector_that_are_no_pairs_are_named_and_not_shown()
    {
        using var folder = new TemporaryFolder();

        var (code, _, errors) = await ServerProcess.RunAsync(
            folder.Path,
            ["--urls", "http://127.0.0.1:0"],
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=b,secret")
        );

        Assert.Equal(1, code);
        Assert.Equal("remanso: OTEL_EXPORTER_OTLP_TRACES_HEADERS must be pairs such as name=value, separated by ','\n", errors);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var folder = new TemporaryFolder();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var (code, _, errors) = await ServerProcess.RunAsync(folder.Path, ["--urls", $"http://{listener.LocalEndpoint}"]);

        Assert.Equal(1, code);
        Assert.Matches("^remanso: urls: .*address already in use", errors);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("/proc/remanso.db")]
    [InlineData("/dev/null/remanso.db")]
    public async Task A_folder_that_cannot_be_written_is_named(string path)
    {
        using var folder = new TemporaryFolder();

        var (code, _, errors) = await ServerProcess.RunAsync(folder.Path, ["--urls", "http://127.0.0.1:0", "--store", "sqlite:" + path]);

        Assert.Equal(1, code);
        Assert.StartsWith("remanso: ConnectionStrings:Store", errors, StringComparison.Ordinal);
        Assert.Contains(path, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Help_and_version_are_printed_and_nothing_starts()
    {
        using var folder = new TemporaryFolder();

        var help = await ServerProcess.RunAsync(folder.Path, ["--help"]);
        var version = await ServerProcess.RunAsync(folder.Path, ["--version"]);

        Assert.Equal(0, help.ExitCode);
        Assert.Contains("--store ADDRESS", help.Output, StringComparison.Ordinal);
        Assert.Equal(0, version.ExitCode);
        Assert.True(Regex.IsMatch(version.Output, @"^remanso \d+\.\d+\.\d+\s*$"), version.Output);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
