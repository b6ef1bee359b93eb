using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Remanso.Conformance.Servers;

/// <summary>
/// A MariaDB server of our own, from the system's packages: empty, on a free loopback port, gone with the tests.
/// </summary>
/// <remarks>As root it is started as the user <c>mysql</c>, which the package makes. It outlives nothing: a small
/// shell reads from a pipe that this process holds, and when the pipe ends, however this process ended, kills the
/// server and removes its files.</remarks>
public sealed class MariaDbServer : IDatabaseServer
{
    private const int PortAttempts = 3;

    private static readonly SystemUser _user = new("mysql");
    private static readonly DataTemplate _files = new(_user, "mariadb", InstallAsync);

    private readonly string _server = FindProgram("mariadbd", "mysqld");
    private readonly string _client = FindProgram("mariadb", "mysql");
    private string _folder = string.Empty;
    private Process? _watchdog;
    private Process? _process;

    /// <summary>The loopback port.</summary>
    public int Port { get; private set; }

    /// <summary>The server's address, as its superuser, who has no password.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"mysql://root@127.0.0.1:{Port}/test");

    /// <summary>The address as the account that <c>deploy/sql/mysql.sql</c> makes.</summary>
    public string AccountUrl =>
        string.Create(CultureInfo.InvariantCulture, $"mysql://remanso:{DeployedFiles.Password}@127.0.0.1:{Port}/remanso");

    /// <summary>Makes the database files and starts the server.</summary>
    public async ValueTask InitializeAsync()
    {
        _folder = (await _user.RunAsync("mktemp", "-d", Path.Combine(Path.GetTempPath(), "remanso-mariadb-XXXXXX"))).Trim();
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
            _client,
            "--no-defaults",
            "--protocol=tcp",
            "--host=127.0.0.1",
            string.Create(CultureInfo.InvariantCulture, $"--port={Port}"),
            "--user=root",
            "-e",
            DeployedFiles.ReadSql("mysql.sql")
        );
    }

    /// <summary>Starts the stopped server on its old port; returns when it accepts connections.</summary>
    public async Task StartAsync()
    {
        var command = _user.Command(
            _server,
            "--no-defaults",
            $"--datadir={Data}",
            string.Create(CultureInfo.InvariantCulture, $"--port={Port}"),
            "--bind-address=127.0.0.1",
            $"--socket={Path.Combine(_folder, "socket")}",
            $"--pid-file={PidFile}",
            TemporaryFolder,
            $"--log-error={Log}",
            "--skip-name-resolve",
            "--max-connections=300",
            "--table-open-cache=400",
            "--table-open-cache-instances=1",
            "--innodb-flush-log-at-trx-commit=0"
        );
        var process = Process.Start(command)!;
        _process = process;
        await Until.TrueAsync(
            async () =>
                process.HasExited
                    ? throw new InvalidOperationException($"MariaDB did not start: {await File.ReadAllTextAsync(Log)}")
                    : await AcceptsAsync(),
            "MariaDB accepts connections"
        );
    }

    /// <summary>Stops the server in good order.</summary>
    public async Task StopAsync()
    {
        var process = _process!;
        process.Terminate();
        await process.WaitForExitAsync();
    }

    /// <summary>Ends the server as a crash would: no shutdown, recovery at the next start.</summary>
    public async Task KillAsync()
    {
        var process = _process!;
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>The server lives and does nothing.</summary>
    public void Freeze() => _process!.Freeze();

    /// <summary>Ends <see cref="Freeze"/>.</summary>
    public void Thaw() => _process!.Thaw();

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
        _process?.Dispose();
    }

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Its own: a server that starts, an installer's too, removes the temporary tables that it finds, those of
    /// other servers in the same folder among them.</summary>
    private string TemporaryFolder => TemporaryFolderIn(_folder);

    private string Log => Path.Combine(_folder, "log");

    private string PidFile => Path.Combine(_folder, "pid");

    private static string TemporaryFolderIn(string folder) => $"--tmpdir={folder}";

    private static Task InstallAsync(string data) =>
        _user.RunAsync(
            FindProgram("mariadb-install-db", "mysql_install_db"),
            "--no-defaults",
            $"--datadir={data}",
            TemporaryFolderIn(Path.GetDirectoryName(data)!),
            "--auth-root-authentication-method=normal",
            "--skip-name-resolve"
        );

    private static string FindProgram(params string[] names) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(':')
            .Append("/usr/sbin")
            .Append("/usr/bin")
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("These tests need a MariaDB server: apt-get install mariadb-server");

    /// <summary>Whether the server greets: it opens its port before it is ready, but says something only then.</summary>
    private async Task<bool> AcceptsAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return await client.GetStream().ReadAsync(new byte[1]) == 1;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }

    private Process StartWatchdog()
    {
        const string Script = """
            cat > /dev/null
            server=$(cat "$1" 2> /dev/null) && grep -q "$2" "/proc/$server/cmdline" 2> /dev/null && kill -9 "$server"
            while ! rm -rf "$2" 2> /dev/null; do :; done
            """;
        var command = _user.Command("sh", "-c", Script, "sh", PidFile, _folder);
        command.RedirectStandardInput = true;
        return Process.Start(command)!;
    }
}
