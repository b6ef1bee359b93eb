using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Xunit;

namespace Remanso.Conformance.Servers;

/// <summary>A PgBouncer of our own, from the system's packages, in front of a PostgreSQL server of our own: it pools
/// by transaction, with two sessions of the server for all clients; and once more by session, and by statement.</summary>
/// <remarks>It refuses to run as root, and is ended as <see cref="PostgresServer"/> is, however this process ends.</remarks>
public sealed class PgBouncerServer : IAsyncLifetime
{
    private static readonly SystemUser _user = new("postgres");

    private readonly PostgresServer _server = new();
    private string _folder = string.Empty;
    private Process? _watchdog;

    /// <summary>The loopback port.</summary>
    public int Port { get; private set; }

    /// <summary>The address behind it, past the pooler.</summary>
    public string DirectConnectionString => _server.ConnectionString;

    /// <summary>Its address as a URL.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"postgres://postgres@127.0.0.1:{Port}/postgres");

    /// <summary>The address under which each client has a session of its own.</summary>
    public string SessionsUrl =>
        Url.Replace("/postgres", "/sessions", StringComparison.Ordinal).Replace("//sessions@", "//postgres@", StringComparison.Ordinal);

    /// <summary>The address under which each statement may have another session, and no transaction is to be had.</summary>
    public string StatementsUrl => SessionsUrl.Replace("/sessions", "/statements", StringComparison.Ordinal);

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _folder = (await _user.RunAsync("mktemp", "-d", Path.Combine(Path.GetTempPath(), "remanso-pgbouncer-XXXXXX"))).Trim();
        Port = Ports.Free();
        var settings = Path.Combine(_folder, "pgbouncer.ini");
        // From 1.21 on it can keep prepared statements itself, and later ones do: here it is one that does not.
        var version = Version.Parse(
            (await _user.RunAsync("sh", "-c", "PATH=$PATH:/usr/sbin pgbouncer --version")).Split('\n')[0].Split(' ')[1]
        );
        var statements = version >= new Version(1, 21) ? "max_prepared_statements = 0" : string.Empty;
        await _user.RunAsync(
            "sh",
            "-c",
            """printf '%s\n' "$2" > "$1" """,
            "sh",
            settings,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [databases]
                postgres = host=127.0.0.1 port={_server.Port} dbname=postgres user=postgres
                sessions = host=127.0.0.1 port={_server.Port} dbname=postgres user=postgres pool_mode=session pool_size=8
                statements = host=127.0.0.1 port={_server.Port} dbname=postgres user=postgres pool_mode=statement
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {Port}
                unix_socket_dir =
                auth_type = any
                pool_mode = transaction
                default_pool_size = 2
                max_client_conn = 200
                ignore_startup_parameters = extra_float_digits
                {statements}
                logfile = {_folder}/log
                """
            )
        );

        // The shell ends the pooler when this process's end of the pipe goes.
        const string Script =
            """pgbouncer -q "$1/pgbouncer.ini" 2> /dev/null < /dev/null & cat > /dev/null; kill $! 2> /dev/null; rm -rf "$1" """;
        var command = _user.Command("sh", "-c", Script, "sh", _folder);
        command.RedirectStandardInput = true;
        command.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin";
        _watchdog = Process.Start(command)!;
        await Until.TrueAsync(IsUpAsync, "PgBouncer answers; these tests need it: apt-get install pgbouncer");
    }

    public async ValueTask DisposeAsync()
    {
        if (_watchdog is not null)
        {
            _watchdog.StandardInput.Close();
            await _watchdog.WaitForExitAsync();
            _watchdog.Dispose();
            _watchdog = null;
        }

        await _server.DisposeAsync();
    }

    private async Task<bool> IsUpAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
