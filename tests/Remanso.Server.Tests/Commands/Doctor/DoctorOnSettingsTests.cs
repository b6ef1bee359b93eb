using System.Runtime.Versioning;
using Microsoft.Extensions.Configuration;
using Remanso.Server.Commands.Doctor;
using Remanso.Server.Configuration;
using Remanso.Testing;

namespace Remanso.Server.Tests.Commands.Doctor;

/// <summary>What <c>doctor</c> says of settings and files, without any server.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DoctorOnSettingsTests : IDisposable
{
    private const string Cache = "--Remanso:Caches:default:";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_is_wrong_with_the_embedded_default_and_nothing_is_left_behind()
    {
        var (code, output, errors) = await DoctorRun.TextOfAsync("--store", Store);

        Assert.Matches("^[0-9]+ looked at: 0 problems, 0 could not be checked, 0 warnings, [0-9]+ fine\\.\n$", output);
        Assert.Equal((0, ""), (code, errors));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));

        // And once the server has made its files.
        await using (await ServerProcess.StartAsync(_folder.Path, "--store", Store, "--journal", "sqlite:" + _folder.File("journal.db")))
        {
            var run = await DoctorRun.OfAsync("--store", Store, "--journal", "sqlite:" + _folder.File("journal.db"));
            Assert.Empty(run.Wrong);
            Assert.Equal(0, run.Code);
        }
    }

    [Fact]
    public async Task Every_wrong_setting_is_named_and_not_the_first_alone()
    {
        var run = await RunAsync(
            "--role",
            "chef",
            "--Remanso:Speed",
            "high",
            Cache + "Ttl:Base",
            "soon",
            Cache + "Ttl:Jitter",
            "7",
            "--Remanso:Caches:other:Flush:BatchSize",
            "0",
            "--Remanso:StopGrace",
            "long",
            "--Remanso:Security:RequestsPerSecond",
            "many",
            "--tier",
            "carrier-pigeon:",
            "--urls",
            "here"
        );

        Assert.Equal(5, run.Code);
        foreach (
            var named in (string[])
                [
                    "Remanso:Role must be",
                    "Remanso:Speed is not a known setting",
                    "default:Ttl:Base must be a duration",
                    "default:Ttl:Jitter must be 0 to below 1",
                    "other:Flush:BatchSize must be 1 to",
                    "Remanso:StopGrace must be",
                    "ConnectionStrings:Tier must begin with",
                    "urls must be addresses",
                ]
        )
        {
            run.Names("problem", "settings", "configuration", named);
        }
    }

    [Theory]
    [InlineData("Remanso:Role api needs a tier that workers can reach", "--role", "api")]
    [InlineData("Remanso:Role worker needs the tier of those that serve", "--role", "worker")]
    [InlineData("other machines reach http://0.0.0.0:8000, and no keys are set", "--urls", "http://0.0.0.0:8000")]
    [InlineData("there is no file none.json", "--Remanso:Security:KeyFile", "none.json")]
    [InlineData("--Remonso:Role is not a known switch", "--Remonso:Role", "api")]
    [InlineData("MaxValueBytes is 1048576, but only", Cache + "Tier:MaxDirtyBytes", "1000", Cache + "Tier:MaxBytes", "100000")]
    [InlineData("Kestrel:Limits can't be set here", "--Kestrel:Limits:X", "1")]
    [InlineData("Logging:LogLevel:Default must be", "--Logging:LogLevel:Default", "Verbose")]
    [InlineData("UseUtcTimestamp", "--Logging:Console:FormatterOptions:UseUtcTimestamp", "maybe")]
    [InlineData("Kestrel:Endpoints:A:Url must be an address", "--Kestrel:Endpoints:A:Url", "localhost:8000")]
    [InlineData("nobody is asked for a certificate at http://localhost:8000", "--Remanso:Security:ClientAuthority", "ca.pem")]
    public async Task What_would_stop_the_start_is_a_problem(string expected, params string[] switches)
    {
        var run = await RunAsync(switches);

        run.Names("problem", "settings", "configuration", expected);
        Assert.Equal(5, run.Code);
    }

    [Theory]
    [InlineData("problem", "durability", "has no journal", Cache + "Durability", "Logged")]
    [InlineData("problem", "durability", "Durability is Replicated", Cache + "Durability", "Replicated")]
    [InlineData("warning", "caches", "SoftTimeout", Cache + "Load:SoftTimeout", "40s")]
    [InlineData("warning", "caches", "so they are not quiet", Cache + "Flush:QuietHours", "22:00-06:00", Cache + "Tier:MaxDirtyAge", "15h")]
    [InlineData("warning", "caches", "Flush:BatchSize", Cache + "Tier:MaxDirtyEntries", "10")]
    [InlineData("warning", "memory", "caches may grow to 4 TiB", Cache + "Tier:MaxBytes", "4398046511104")]
    [InlineData("warning", "memory", "caches may grow to 4 TiB", Cache + "Tier:MaxBytes", "4398046511104", "--tier", "")]
    public async Task Settings_that_contradict_each_other_or_the_machine_are_named(
        string status,
        string name,
        string expected,
        params string[] switches
    )
    {
        var run = await RunAsync(["--only", "settings", .. switches]);

        run.Names(status, "settings", name, expected);
        Assert.Equal(status == "problem" ? 5 : 0, run.Code);
    }

    [Fact]
    public async Task Quiet_hours_are_quiet_where_no_write_gets_half_as_old_as_it_may_in_them() =>
        Assert.Empty(
            (await RunAsync("--only", "settings", Cache + "Flush:QuietHours", "22:00-06:00", Cache + "Tier:MaxDirtyAge", "16h")).Wrong
        );

    [Theory]
    [InlineData(
        "who is answered",
        "everybody there may read, write and delete everything",
        "--urls",
        "http://0.0.0.0:8000",
        "--allow-anonymous"
    )]
    [InlineData("way to Redis", "travel unencrypted to Redis at cache.example", "--tier", "redis://u:hunter2@cache.example")]
    [InlineData("way to Redis", "has no password", "--tier", "rediss://cache.example")]
    [InlineData("way to the database", "the database at db.example", "--store", "postgres://u:hunter2@db.example/app")]
    [InlineData(
        "way to the database",
        "the database at db.example",
        "--store",
        "mysql://u:hunter2@db.example/app",
        "--Remanso:MySql:Driver",
        "driver"
    )]
    public async Task What_is_open_to_others_is_a_warning(string name, string expected, params string[] switches)
    {
        if (Array.IndexOf(switches, "driver") is >= 0 and var driver)
        {
            switches[driver] = Path.Combine(AppContext.BaseDirectory, "driver");
        }

        var run = await RunAsync(["--only", "exposure", .. switches]);

        run.Names("warning", "exposure", name, expected);
        Assert.Equal(0, run.Code);
        Assert.DoesNotContain("hunter2", run.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--tier", "rediss://u:p@cache.example")]
    [InlineData("--store", "postgres://u:p@db.example/app?sslmode=verify-full")]
    [InlineData("--tier", "redis://127.0.0.1", "--store", "postgres://u@localhost/app")]
    public async Task What_is_encrypted_or_stays_on_this_machine_is_fine(params string[] switches)
    {
        var run = await RunAsync(["--only", "exposure", .. switches]);

        Assert.Empty(run.Wrong);
    }

    [Fact]
    public async Task A_password_in_a_file_is_one()
    {
        await File.WriteAllTextAsync(_folder.File("password"), "hunter2\n");
        File.SetUnixFileMode(_folder.File("password"), UnixFileMode.UserRead);

        var run = await RunAsync(
            "--only",
            "exposure",
            "--tier",
            "rediss://cache.example",
            "--Remanso:Redis:User",
            "app",
            "--Remanso:Redis:PasswordFile",
            _folder.File("password")
        );

        Assert.Empty(run.Wrong);
    }

    [Theory]
    [InlineData("Remanso:Store:PasswordFile")]
    [InlineData("Remanso:Redis:PasswordFile")]
    [InlineData("Remanso:Redis:SentinelPasswordFile")]
    [InlineData("Remanso:Redis:ClientKeyFile")]
    [InlineData("Kestrel:Certificates:Default:Path")]
    [InlineData("Kestrel:Certificates:Default:KeyPath")]
    [InlineData("Kestrel:Endpoints:A:Certificate:Path")]
    [InlineData("Kestrel:Endpoints:A:Certificate:KeyPath")]
    [InlineData("Kestrel:Endpoints:A:Sni:x.example:Certificate:KeyPath")]
    public async Task A_file_with_a_secret_that_others_read_is_named_whatever_names_it(string setting)
    {
        var file = _folder.File("secret");
        await File.WriteAllTextAsync(file, "hunter2");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        (await RunAsync("--only", "exposure", "--" + setting, file)).Names("warning", "exposure", "files with secrets", $"can read {file}");
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        Assert.DoesNotContain("can read", (await RunAsync("--only", "exposure", "--" + setting, file)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data.db")]
    [InlineData("data.db-wal")]
    [InlineData("journal.db")]
    public async Task A_file_of_data_that_others_read_is_named(string name)
    {
        var file = _folder.File(name);
        await File.WriteAllTextAsync(file, "");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        string[] switches =
        [
            "--only",
            "exposure",
            "--store",
            "sqlite:" + _folder.File("data.db"),
            "--journal",
            "sqlite:" + _folder.File("journal.db"),
        ];

        (await RunAsync(switches)).Names("warning", "exposure", "files with secrets", $"can read {file}, ");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.DoesNotContain("can read", (await RunAsync(switches)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_that_names_a_file_is_a_secrets_or_known_to_be_none()
    {
        string[] open = ["UserFile", "CertificateAuthorityFile", "ClientCertificateFile"];
        var named = RedisTierSettings.Known.Where(static name => name.EndsWith("File", StringComparison.Ordinal)).Except(open);

        Assert.Equal(named, RedisTierSettings.SecretFiles.Select(static file => file.Name));
        Assert.Contains(ServerSettings.StorePasswordName, SecretSettings.Files.Select(static file => file.Name));
    }

    [Theory]
    [InlineData(true, "ConnectionStrings:Store", "postgres://u:p@h/db")]
    [InlineData(true, "Remanso:Redis:ClientKeyPassword", "x")]
    [InlineData(true, "Kestrel:Certificates:Default:Password", "x")]
    [InlineData(true, "Kestrel:Endpoints:A:Certificate:Password", "x")]
    [InlineData(false, "Kestrel:Endpoints:A:Url", "http://localhost:1")]
    [InlineData(false, "Remanso:Role", "api")]
    public void Secrets_in_a_file_of_settings_are_known(bool expected, string setting, string value) =>
        Assert.Equal(expected, SecretSettings.AreIn(new ConfigurationBuilder().AddInMemoryCollection([new(setting, value)]).Build()));

    [Fact]
    public async Task Keys_in_the_clear_and_files_that_others_read_or_change_are_named()
    {
        var keys = _folder.File("keys.json");
        await ServerProcess.RunAsync(_folder.Path, ["keys", "create", "app", "--scopes", "all", "--file", keys]);
        File.SetUnixFileMode(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await File.WriteAllTextAsync(_folder.File("store"), "sqlite:" + _folder.File("hunter2.db"));
        File.SetUnixFileMode(_folder.File("store"), UnixFileMode.UserRead | UnixFileMode.OtherWrite);

        var run = await DoctorRun.OfAsync(
            "--only",
            "exposure",
            "--urls",
            "http://0.0.0.0:8000",
            "--Remanso:Security:KeyFile",
            keys,
            "--ConnectionStrings:Store_FILE",
            _folder.File("store")
        );

        run.Names("warning", "exposure", "HTTPS", "keys travel unencrypted to http://0.0.0.0:8000");
        run.Names("warning", "exposure", "files with secrets", $"can read {keys}");
        run.Names("problem", "exposure", "files with secrets", $"can change {_folder.File("store")}");
        Assert.Equal(5, run.Code);
    }

    [Fact]
    public async Task Files_that_can_not_be_written_or_are_of_another_kind_are_named()
    {
        await File.WriteAllTextAsync(
            _folder.File("file"),
            "no database, but long enough to be read as the head of one: nothing of it fits"
        );

        var journal = await RunAsync("--journal", "sqlite:" + _folder.File("file/deep/journal.db"));
        journal.Names("problem", "files", "journal", "is a file");

        var shared = await RunAsync("--journal", Store);
        shared.Names("problem", "files", "journal", "is the database's own file");

        var store = await DoctorRun.OfAsync("--store", "sqlite:" + _folder.File("file/deep/x.db"));
        store.Names("problem", "database", "rights", "is a file");

        var other = await DoctorRun.OfAsync("--store", "sqlite:" + _folder.File("file"));
        other.Names("problem", "database", "reachable", "is not a SQLite database");
        Assert.Equal(5, other.Code);
    }

    [Theory]
    [InlineData("problem", "disk space", "1 KiB free for the database", 1024L, "ext4")]
    [InlineData("warning", "disk space", "512 MiB free for the database", 512L << 20, "ext4")]
    [InlineData("problem", "lasting disk", "is on tmpfs", 1L << 40, "tmpfs")]
    public async Task Disks_that_are_full_or_forget_are_named(string status, string name, string expected, long free, string format)
    {
        await using var patient = Patient.Admit(["--store", Store], new ManualTimeProvider(), _ => new DiskFacts(free, format));

        var findings = await Examination.RunAsync(
            AllChecks.InOrder.Where(static check => check.Category == "files"),
            patient,
            TimeSpan.FromSeconds(10),
            TestContext.Current.CancellationToken
        );

        Assert.Contains(findings, finding =>
            finding.StatusName == status && finding.Name == name && finding.Verdict.Message.Contains(expected, StringComparison.Ordinal)
        );
    }

    private string Store => "sqlite:" + _folder.File("data/remanso.db");

    private Task<DoctorRun> RunAsync(params string[] switches) =>
        DoctorRun.OfAsync(switches.Contains("--store") ? switches : ["--store", Store, .. switches]);
}
