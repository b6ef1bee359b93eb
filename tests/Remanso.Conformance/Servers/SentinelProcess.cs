using System.Diagnostics;
using System.Net;

namespace Remanso.Conformance.Servers;

/// <summary>A sentinel of our own: a free port, a directory of its own, gone with the test.</summary>
public sealed class SentinelProcess : IAsyncDisposable
{
    /// <summary>A user of the sentinels who may ask for the master, and nothing else.</summary>
    public const string User = "asker";

    /// <summary>The password of <see cref="User"/>.</summary>
    public const string Password = "who-is-it";

    private const string Peer = "peer";

    private static readonly HashSet<SentinelProcess> _running = [];

    private readonly string _directory = RedisProcess.MakeDirectory();
    private readonly Process _process;

    // As the documentation has them.
    private const string Rights =
        "&+switch-master +@connection +subscribe +sentinel|get-master-addr-by-name +sentinel|master +sentinel|sentinels";

    static SentinelProcess() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => KillAll();

    private SentinelProcess(string name, RedisProcess master, int quorum, RedisTlsServer? tls)
    {
        Port = Ports.Free();
        var settings = Path.Combine(_directory, "sentinel.conf");
        File.WriteAllText(
            settings,
            $"""
            {(tls is null ? $"port {Port}" : TlsSettings(tls))}
            bind 127.0.0.1
            dir {_directory}
            user default off
            user {Peer} on >{Peer} &* +@all
            user {User} on >{Password} {Rights}
            sentinel sentinel-user {Peer}
            sentinel sentinel-pass {Peer}
            sentinel monitor {name} 127.0.0.1 {master.Port} {quorum}
            sentinel auth-user {name} {(tls is null ? RedisProcess.Admin : RedisTlsServer.User)}
            sentinel auth-pass {name} {(tls is null ? RedisProcess.Admin : RedisTlsServer.Password)}
            sentinel down-after-milliseconds {name} 1000
            sentinel failover-timeout {name} 3000
            sentinel parallel-syncs {name} 2

            """
        );
        var start = new ProcessStartInfo("redis-server", [settings, "--sentinel"])
        {
            UseShellExecute = false,
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        lock (_running)
        {
            _running.Add(this);
        }
    }

    public int Port { get; }

    /// <summary>Starts one that watches over the set of a master.</summary>
    /// <param name="name">What it calls the set.</param>
    /// <param name="master">The master.</param>
    /// <param name="quorum">How many must agree that it is gone.</param>
    public static SentinelProcess Start(string name, RedisProcess master, int quorum) => new(name, master, quorum, tls: null);

    /// <summary>Starts one that watches over a server that speaks TLS only, and speaks nothing else itself.</summary>
    public static SentinelProcess Start(string name, RedisTlsServer master) => new(name, master.Process, quorum: 1, master);

    /// <summary>Asks it.</summary>
    /// <returns>The reply, as redis-cli prints it.</returns>
    public Task<string> CliAsync(params string[] command) =>
        RedisWire.AskAsync(new IPEndPoint(IPAddress.Loopback, Port), Peer, Peer, command);

    /// <summary>Ends it: nothing is said to anybody.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>It lives and answers nothing.</summary>
    public void Freeze() => _process.Freeze();

    public ValueTask DisposeAsync()
    {
        lock (_running)
        {
            _running.Remove(this);
        }
        Kill();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private string TlsSettings(RedisTlsServer server) =>
        $"""
            port 0
            tls-port {Port}
            tls-replication yes
            tls-ca-cert-file {server.AuthorityFile}
            tls-cert-file {server.ServerCertificateFile}
            tls-key-file {server.ServerKeyFile}
            """;

    private static void KillAll()
    {
        lock (_running)
        {
            foreach (var sentinel in _running)
            {
                sentinel.Kill();
            }
        }
    }
}
