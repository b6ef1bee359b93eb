using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Remanso.Conformance.Servers;

/// <summary>
/// A PostgreSQL server of our own, from the system's packages: empty, on a free loopback port, gone with the tests.
/// </summary>
/// <remarks>
/// PostgreSQL refuses to run as root, so as root it is started as the user <c>postgres</c>, which the package makes.
/// It outlives nothing: a small shell reads from a pipe that this process holds, and when the pipe ends, however this
/// process ended, stops the server and removes its files.
/// </remarks>
public sealed class PostgresServer : IDatabaseServer
{
    private const string Packages = "/usr/lib/postgresql";
    private const int PortAttempts = 3;

    private static readonly SystemUser _user = new("postgres");
    private static readonly DataTemplate _files = new(_user, "postgres", InstallAsync);

    private readonly string _binaries = FindBinaries();
    private string _folder = string.Empty;
    private Process? _watchdog;

    /// <summary>The loopback port.</summary>
    public int Port { get; private set; }

    /// <summary>The server's address for Npgsql, as its superuser; nobody asks for a password.</summary>
    public string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres");

    /// <summary>The same address as a URL.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"postgres://postgres@127.0.0.1:{Port}/postgres");

    /// <summary>The address as the role that <c>deploy/sql/postgres.sql</c> makes.</summary>
    public string RoleConnectionString =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Host=127.0.0.1;Port={Port};Username=remanso;Password={DeployedFiles.Password};Database=postgres"
        );

    /// <summary>The same address as a URL.</summary>
    public string RoleUrl =>
        string.Create(CultureInfo.InvariantCulture, $"postgres://remanso:{DeployedFiles.Password}@127.0.0.1:{Port}/postgres");

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Makes the database files and starts the server.</summary>
    public async ValueTask InitializeAsync()
    {
        _folder = (await _user.RunAsync("mktemp", "-d", Path.Combine(Path.GetTempPath(), "remanso-postgres-XXXXXX"))).Trim();
        _watchdog = StartWatchdog();
        await _files.CopyToAsync(Data);

        for (var attempt = 1; ; attempt++)
        {
            Port = Ports.Free();
            try
            {
                await StartAsync();
                break;
            }
            catch (InvalidOperationException) when (attempt < PortAttempts)
            {
                // Somebody took the port in the meantime; the next one is as good.
            }
        }

        await _user.RunAsync(
            Tool("psql"),
            "-X",
            "-q",
            "-1",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            Port.ToString(CultureInfo.InvariantCulture),
            "-U",
            "postgres",
            "-d",
            "postgres",
            "-c",
            DeployedFiles.ReadSql("postgres.sql")
        );
    }

    /// <summary>Starts the stopped server on its old port; returns when it accepts connections.</summary>
    public async Task StartAsync()
    {
        var options = string.Create(
            CultureInfo.InvariantCulture,
            $"-p {Port} -h 127.0.0.1 -k {_folder} -c fsync=off -c max_connections=200"
        );
        await ControlAsync("start", "-l", Path.Combine(_folder, "log"), "-o", options);
    }

    /// <summary>Stops the server in good order; open connections are told that it shuts down.</summary>
    public Task StopAsync() => ControlAsync("stop", "-m", "fast");

    /// <summary>Ends the server as a crash would: no shutdown, recovery at the next start.</summary>
    public Task KillAsync() => ControlAsync("stop", "-m", "immediate");

    /// <summary>Stops and starts the server.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_watchdog is null)
        {
            return;
        }

        _watchdog.StandardInput.Close();
        await _watchdog.WaitForExitAsync();
        _watchdog.Dispose();
        _watchdog = null;
    }

    private static Task InstallAsync(string data) =>
        _user.RunAsync(
            Path.Combine(FindBinaries(), "initdb"),
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync"
        );

    private static string FindBinaries()
    {
        var newest = Directory.Exists(Packages)
            ? Directory
                .GetDirectories(Packages)
                .Where(folder => File.Exists(Path.Combine(folder, "bin", "initdb")))
                .MaxBy(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var major) ? major : 0)
            : null;
        return newest is null
            ? throw new InvalidOperationException("These tests need a PostgreSQL server: apt-get install postgresql")
            : Path.Combine(newest, "bin");
    }

    private string Tool(string name) => Path.Combine(_binaries, name);

    private Task<string> ControlAsync(string action, params IEnumerable<string> arguments) =>
        _user.RunAsync(Tool("pg_ctl"), [action, "-D", Data, "-w", "-t", "60", .. arguments]);

    private Process StartWatchdog()
    {
        const string Script = """cat > /dev/null; "$1" stop -s -D "$2/data" -m immediate > /dev/null 2>&1; rm -rf "$2" """;
        var command = _user.Command("sh", "-c", Script, "sh", Tool("pg_ctl"), _folder);
        command.RedirectStandardInput = true;
        return Process.Start(command)!;
    }
}
