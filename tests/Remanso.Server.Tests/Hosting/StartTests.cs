using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Remanso.Server.Configuration;

namespace Remanso.Server.Tests.Hosting;

/// <summary>What a wrong start says: one line on stderr, exit code 1, no stack trace.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("--Remanso:Caches:default:Ttl:Jitter=1.5", "Remanso:Caches:default:Ttl:Jitter must be 0 to below 1, but is 1.5")]
    [InlineData("--Remanso:Caches:default:Ttl:Jitter=much", "Remanso:Caches:default:Ttl:Jitter must be a number, but is much")]
    [InlineData("--Remanso:Caches:default:Flush:Interval=soon", "Remanso:Caches:default:Flush:Interval must be a duration")]
    [InlineData("--Remanso:Caches:default:Flush:BatchSize=0", "Remanso:Caches:default:Flush:BatchSize must be 1 to 100000, but is 0")]
    [InlineData("--Remanso:Caches:default:Tll:Jitter=0", "Remanso:Caches:default:Tll:Jitter is not a known setting")]
    [InlineData("--Remanso:Caches:default=5m", "Remanso:Caches:default is not a known setting")]
    [InlineData("--Remanso:Caches:my cache:MaxValueBytes=1", "The cache name 'my cache' must be")]
    [InlineData("--Remanso:Cache:default:MaxValueBytes=1", "Remanso:Cache is not a known setting")]
    [InlineData(
        "--Remanso:Caches:default:Durability=3",
        "Remanso:Caches:default:Durability must be Accepted, Replicated, Logged or Stored, but is 3"
    )]
    [InlineData("--ConnectionStrings:Sore=x", "ConnectionStrings:Sore is not a known setting")]
    [InlineData("--role=boss", "Remanso:Role must be all, api or worker, but is boss")]
    [InlineData("--role=api", "Remanso:Role api needs a tier that workers can reach")]
    [InlineData("--role=worker", "Remanso:Role worker needs the tier of those that serve")]
    [InlineData("--tier=redis+unix://:secret@run/redis.sock", "ConnectionStrings:Tier: The Redis address has no whole path")]
    [InlineData("--tier=redis+unix:///run/redis.sock?name=x", "ConnectionStrings:Tier: The query of a Redis address with a Unix socket")]
    [InlineData("--tier=disk", "ConnectionStrings:Tier must begin with memory:, redis://, rediss://, redis+sentinel:// or redis+unix://")]
    [InlineData("--tier=redis://:secret@localhost:99999", "ConnectionStrings:Tier: The port behind the host localhost")]
    [InlineData(
        "--tier=redis://:secret@localhost/first",
        "ConnectionStrings:Tier: The database behind the / of the Redis address is not a number"
    )]
    [InlineData("--tier=rediss://secret@localhost", "ConnectionStrings:Tier: The Redis address names a user without a password")]
    [InlineData(
        "--tier=valkey://:secret@h",
        "ConnectionStrings:Tier must begin with memory:, redis://, rediss://, redis+sentinel:// or redis+unix://, but is …@h"
    )]
    [InlineData(
        "--Remanso:Redis:PasswordFile=/nowhere",
        "Remanso:Redis:PasswordFile is set, but ConnectionStrings:Tier does not choose Redis"
    )]
    [InlineData("--Remanso:Redis:Pasword=secret", "Remanso:Redis:Pasword is not a known setting; there are User, UserFile, PasswordFile")]
    [InlineData(
        "--Remanso:Redis:PasswordFile=/nowhere",
        "Remanso:Redis:PasswordFile: The Redis setting PasswordFile names /nowhere, which can't be read",
        "--tier=redis://localhost"
    )]
    [InlineData(
        "--Remanso:Redis:PasswordFile=/nowhere",
        "Remanso:Redis:PasswordFile: The Redis setting PasswordFile stands beside a password",
        "--tier=redis://:secret@localhost"
    )]
    [InlineData(
        "--Remanso:Redis:User=app",
        "Remanso:Redis:User is set, and ConnectionStrings:Tier names a user; set one of them",
        "--tier=redis://u:secret@localhost"
    )]
    [InlineData(
        "--Remanso:Redis:User=app",
        "Remanso:Redis:User: The Redis setting User is given without a password",
        "--tier=redis://localhost"
    )]
    [InlineData(
        "--Remanso:Redis:ClientKeyFile=/nowhere",
        "Remanso:Redis has a setting of TLS, which needs rediss:// in ConnectionStrings:Tier",
        "--tier=redis://localhost"
    )]
    [InlineData(
        "--Remanso:Redis:SentinelPasswordFile=/nowhere",
        "Remanso:Redis has a setting of sentinels, which needs redis+sentinel:// in ConnectionStrings:Tier",
        "--tier=redis://localhost"
    )]
    [InlineData(
        "--Remanso:Redis:SentinelPasswordFile=/nowhere",
        "Remanso:Redis:SentinelPasswordFile: The Redis setting SentinelPasswordFile names /nowhere, which can't be read",
        "--tier=redis+sentinel://localhost/pool"
    )]
    [InlineData(
        "--Remanso:Redis:SentinelUser=app",
        "Remanso:Redis:SentinelUser: The Redis setting SentinelUser of the sentinels is given without a password",
        "--tier=redis+sentinel://localhost/pool"
    )]
    [InlineData(
        "--Remanso:Redis:CertificateAuthorityFile=/nowhere",
        "Remanso:Redis:CertificateAuthorityFile: The Redis setting CertificateAuthorityFile names /nowhere, which can't be read",
        "--tier=rediss://localhost"
    )]
    [InlineData(
        "--Remanso:Store:PasswordFile=/nowhere",
        "Remanso:Store:PasswordFile is set, but ConnectionStrings:Store is a file of SQLite"
    )]
    [InlineData(
        "--Remanso:Store:PasswordFile=/nowhere",
        "Remanso:Store:PasswordFile: The password file /nowhere can't be read",
        "--store=postgres://u@h/db"
    )]
    [InlineData(
        "--Remanso:Store:PasswordFile=/dev/null",
        "Remanso:Store:PasswordFile: The password file /dev/null has not one line",
        "--store=postgres://u@h/db"
    )]
    [InlineData("--store=oracle://u:secret@h", "ConnectionStrings:Store must begin with sqlite:, postgres:// or mysql://, but is")]
    [InlineData("--Remanso:MySql:Drive=x", "Remanso:MySql:Drive is not a known setting; there is Driver")]
    [InlineData("--store=sqlite:", "ConnectionStrings:Store")]
    [InlineData("--Remanso:ListenForChanges=often", "Remanso:ListenForChanges must be true or false, but is often")]
    [InlineData("--Remanso:ListenForChanges=true", "Remanso:ListenForChanges needs a store that tells of changes: postgres://")]
    [InlineData("--Remanso:Caches:default:MaxTags=257", "Remanso:Caches:default:MaxTags must be 0 to 256, but is 257")]
    [InlineData("--journal=postgres://u:secret@h", "ConnectionStrings:Journal must begin with sqlite:, but is …@h")]
    [InlineData("--journal=sqlite::memory:", "ConnectionStrings:Journal: The journal needs a file")]
    [InlineData("--journal=sqlite:/", "ConnectionStrings:Journal: The journal / is a directory")]
    [InlineData(
        "--journal=sqlite:/proc/remanso/journal.db",
        "ConnectionStrings:Journal: The journal /proc/remanso/journal.db can't be written"
    )]
    [InlineData("--journal=sqlite:data/remanso.db", "ConnectionStrings:Journal: The journal sqlite:")]
    [InlineData("--Remanso:Caches:default:Tier:Replicas=0", "Remanso:Caches:default:Tier:Replicas must be 1 to 16, but is 0")]
    [InlineData("--Remanso:Caches:default:Tier:DurabilityTimeout=2h", "Remanso:Caches:default:Tier:DurabilityTimeout must be")]
    [InlineData("--Remanso:Caches:default:Tier:MaxDirtyAge=10ms", "Remanso:Caches:default:Tier:MaxDirtyAge must be")]
    [InlineData(
        "--Remanso:Caches:default:Tier:MaxDirtyAge=200ms",
        "Remanso:Caches:default:Tier:MaxDirtyAge must be above Flush:Interval (00:00:00.2500000), but is 00:00:00.2"
    )]
    [InlineData("--Remanso:Caches:default:Tier:ResumeAt=2", "Remanso:Caches:default:Tier:ResumeAt must be 0.1 to 1, but is 2")]
    [InlineData(
        "--Remanso:Caches:default:Tier:WhenFull=Explode",
        "Remanso:Caches:default:Tier:WhenFull must be Refuse, Wait or WriteThrough, but is Explode"
    )]
    [InlineData(
        "--Remanso:Caches:default:Flush:QuietHours=22-6",
        "Remanso:Caches:default:Flush:QuietHours must be hours of the day in UTC such as 22:00-06:30, but is 22-6"
    )]
    [InlineData(
        "--Remanso:Caches:default:WriteMode=Around",
        "Remanso:Caches:default:WriteMode must be Behind, Through or EveryVersion, but is Around"
    )]
    [InlineData("--Remanso:Caches:default:UpdateAttempts=0", "Remanso:Caches:default:UpdateAttempts must be 1 to 1000, but is 0")]
    [InlineData(
        "--Remanso:Caches:default:Tier:IdempotencyRetention=2d",
        "Remanso:Caches:default:Tier:IdempotencyRetention must be 00:00:01 to 1.00:00:00, but is 2.00:00:00"
    )]
    [InlineData(
        "--Remanso:Caches:default:Tier:MaxIdempotencyKeys=0",
        "Remanso:Caches:default:Tier:MaxIdempotencyKeys must be 1 to 2147483647, but is 0"
    )]
    [InlineData(
        "--Remanso:Caches:default:Tier:MaxWait=2m",
        "Remanso:Caches:default:Tier:MaxWait must be 00:00:00.0010000 to 00:01:00, but is 00:02:00"
    )]
    [InlineData(
        "--Remanso:Caches:default:Flush:CircuitFailures=1001",
        "Remanso:Caches:default:Flush:CircuitFailures must be 0 to 1000, but is 1001"
    )]
    [InlineData(
        "--Remanso:Caches:default:Purge:Retention=30s",
        "Remanso:Caches:default:Purge:Retention must be 0 or 00:01:00 to 3650.00:00:00, but is 00:00:30"
    )]
    [InlineData(
        "--Remanso:Caches:default:Purge:Interval=2d",
        "Remanso:Caches:default:Purge:Interval must be 00:00:01 to 1.00:00:00, but is 2.00:00:00"
    )]
    [InlineData("--Remanso:Caches:default:Purge:BatchSize=0", "Remanso:Caches:default:Purge:BatchSize must be 1 to 10000, but is 0")]
    [InlineData(
        "--store=Host=db;Username=u;Password=secret",
        "ConnectionStrings:Store must begin with sqlite:, postgres:// or mysql://, but is one of another form"
    )]
    [InlineData(
        "--store=Server=db;User ID=u;Pwd=secret@home",
        "ConnectionStrings:Store must begin with sqlite:, postgres:// or mysql://, but is one of another form"
    )]
    [InlineData("--store=sqlite:Data Source=x.db;Password=secret;Colour=red", "ConnectionStrings:Store")]
    [InlineData("--store=postgres:Host=db;Password=secret;Colour=red", "ConnectionStrings:Store")]
    [InlineData("--store=postgres://u@h/db?password=secret&colour=red", "ConnectionStrings:Store")]
    [InlineData(
        "--store=oracle://u@h?password=secret",
        "ConnectionStrings:Store must begin with sqlite:, postgres:// or mysql://, but is …@h"
    )]
    [InlineData(
        "--tier=cache:6379,password=secret",
        "ConnectionStrings:Tier must begin with memory:, redis://, rediss://, redis+sentinel:// or redis+unix://, "
            + "but is one of another form"
    )]
    [InlineData("--tier=redis://cache:6379,password=secret", "ConnectionStrings:Tier: The Redis address has name=value pairs")]
    [InlineData("--tier=redis://cache:6379,password=secret:1", "ConnectionStrings:Tier: The Redis address has name=value pairs")]
    [InlineData(
        "--journal=Data Source=j.db;Password=secret",
        "ConnectionStrings:Journal must begin with sqlite:, but is one of another form"
    )]
    [InlineData(
        "Host=db;Password=secret",
        "an argument of another form (it is not shown here, for it may hold a password) is not a switch"
    )]
    [InlineData("--urls=http://u:secret@localhost:1", "urls must be addresses")]
    [InlineData("--urls=https://127.0.0.1:0", "urls: https needs a certificate: set Kestrel:Certificates:Default:Path")]
    [InlineData("--Kestrel:Certificates:Default:Path=none.pfx", "Kestrel:Certificates:Default:Path names /", "--urls=https://127.0.0.1:0")]
    [InlineData(
        "--Kestrel:Limits:MaxRequestBodySize=1",
        "Kestrel:Limits can't be set here; under Kestrel there are Endpoints, EndpointDefaults, Certificates"
    )]
    [InlineData("--Kestrel:AddServerHeader=true", "Kestrel:AddServerHeader can't be set here")]
    [InlineData("--Kestrel:Certificates:Defalt:Path=x", "Kestrel:Certificates:Defalt is not a known setting; there are Default, ")]
    [InlineData("--Remanso:Security:Hosts=a.example;http://foo.example", "Remanso:Security:Hosts must be names such as cache.example.com")]
    [InlineData("--urls=;", "urls must be addresses")]
    [InlineData("--urls=http://unix:relative.sock", "urls must be addresses")]
    [InlineData("--urls=http://local host:1", "urls must be addresses")]
    [InlineData(
        "--urls=http://localhost:1/base",
        "urls must be addresses such as http://localhost:8000, without a path, separated by ';', but has one of another form (it is not"
    )]
    [InlineData("--urls=http://unix:/no/such/s.sock", "urls: the folder /no/such of the Unix socket is not there; make it first")]
    [InlineData(
        "--Kestrel:Endpoints:A:Url=http://unix:/no/such/s.sock",
        "Kestrel:Endpoints:A:Url: the folder /no/such of the Unix socket is not there",
        "--urls="
    )]
    [InlineData("--Kestrel:Endpoints:Public:Uri=http://127.0.0.1:0", "Kestrel:Endpoints:Public:Url is missing")]
    [InlineData("--Kestrel:Endpoints:Public:Url=http://127.0.0.1:0", "urls and Kestrel:Endpoints both say where to listen")]
    [InlineData(
        "--Remanso:Security:ClientAuthority=ca.pem",
        "Remanso:Security:ClientAuthority: nobody is asked for a certificate at http:"
    )]
    [InlineData("--Logging:Foo=1", "Logging:Foo is not a known setting; there are LogLevel, CaptureScopes, Console")]
    [InlineData("--Logging:Consol:X=1", "Logging:Consol is not a known setting")]
    [InlineData("--Logging:Console:Colours=1", "Logging:Console:Colours is not a known setting; there are LogLevel, ")]
    [InlineData("--Logging:Console:FormatterOptions:Foo=1", "Logging:Console:FormatterOptions:Foo is not a known setting")]
    [InlineData(
        "--Logging:Console:FormatterOptions:JsonWriterOptions:Foo=1",
        "Logging:Console:FormatterOptions:JsonWriterOptions:Foo is not a known setting"
    )]
    [InlineData("--Logging:LogLevel:Default=Verbose", "Logging:LogLevel:Default must be Trace, Debug, Information, Warning, Error")]
    [InlineData("--Logging:Console:LogLevel:Remanso.Flush=7", "Logging:Console:LogLevel:Remanso.Flush must be Trace, Debug")]
    [InlineData("--Logging:CaptureScopes=x", "Logging:CaptureScopes must be true or false, but is x")]
    [InlineData(
        "--Logging:Console:FormatterOptions:UseUtcTimestamp=maybe",
        "Logging:Console:FormatterOptions has a value that can't be read: "
    )]
    [InlineData("--Logging:Console:MaxQueueLength=0", "Logging:Console has a value that can't be read: ")]
    [InlineData(
        "--Kestrel:Endpoints:A:Url=localhost:8000",
        "Kestrel:Endpoints:A:Url must be an address such as http://localhost:8000, but is localhost:8000",
        "--urls="
    )]
    [InlineData("--Logging:Console:FormatterName=xml", "Logging:Console:FormatterName must be simple, json or systemd, but is xml")]
    [InlineData(
        "--Remanso:MaxBytesInFlight=4194303",
        "Remanso:MaxBytesInFlight must be a number of bytes, at least four times the largest MaxValueBytes (4194304), but is 4194303"
    )]
    [InlineData("--Remanso:TransferTimeout=10ms", "Remanso:TransferTimeout must be 1s to 1h, but is 10ms")]
    [InlineData("--urls=nonsense", "urls must be addresses such as http://localhost:8000")]
    [InlineData("--urls=http://localhost:99999", "urls must be addresses")]
    [InlineData("--urls=ftp://localhost:80", "urls must be addresses")]
    [InlineData("--colour=red", "--colour is not a known switch")]
    [InlineData("--store", "--store needs a value")]
    [InlineData("start", "start is not a switch")]
    public async Task A_wrong_setting_stops_the_start_with_one_line_that_names_it(string argument, string expected, params string[] others)
    {
        using var folder = new TemporaryFolder();

        var (code, output, errors) = await ServerProcess.RunAsync(folder.Path, ["--urls", "http://127.0.0.1:0", argument, .. others]);

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.StartsWith("remanso: " + expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.DoesNotContain("secret", errors, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("needs", "managed")]
    public Task Without_a_MySQL_driver_the_start_stops_and_says_which_are_looked_for() =>
        A_wrong_setting_stops_the_start_with_one_line_that_names_it(
            "--store=mysql://u:secret@h/db",
            "Remanso:MySql:Driver: There is no MySQL driver: put MySqlConnector.dll (of the package MySqlConnector) or MySql.Data.dll"
        );

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
            "Remanso:MySql:Driver",
            "Remanso:Security:AllowAnonymous",
            "REDIS_HOST",
            "REDIS_PORT",
            "urls",
        ];

        var settings = ServerSettings.Read(Of([.. names.Select(static name => (name, ""))]));

        Assert.Equal(("memory:", "sqlite:data/remanso.db", Role.All), (settings.Tier, settings.Store, settings.Role));
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
