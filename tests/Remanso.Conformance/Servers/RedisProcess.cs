using System.Diagnostics;
using System.Net;
using Remanso.Conformance.Support;

namespace Remanso.Conformance.Servers;

/// <summary>A redis-server of our own: a free port, a directory of its own, gone with the test.</summary>
/// <remarks>Its users are those that operators deploy, and an administrator for what tests do to it. So nothing that a
/// tier does may need a right that a deployed tier lacks.</remarks>
public sealed class RedisProcess : IAsyncDisposable
{
    /// <summary>The user of <c>deploy/redis/users.acl</c>.</summary>
    public const string User = "remanso";

    /// <summary>The password of <see cref="User"/>.</summary>
    public const string Password = DeployedFiles.Password;

    /// <summary>A user who may do everything; the password is the same word.</summary>
    internal const string Admin = "admin";

    private const string Program = "redis-server";
    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(20);
    private static readonly HashSet<RedisProcess> _running = [];

    private readonly string[] _arguments;
    private readonly bool _isTls;
    private bool _hasClock;
    private bool _hasExactClock;
    private Process? _process;

    static RedisProcess() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => KillAll();

    private RedisProcess(int port, string directory, bool isTls, string[] arguments)
    {
        Port = port;
        Directory = directory;
        _isTls = isTls;
        _arguments = arguments;
        File.WriteAllText(UsersFile, $"{DeployedFiles.ReadAcl().TrimEnd()}\nuser {Admin} on >{Admin} ~* &* +@all\n");
    }

    public int Port { get; }

    /// <summary>For tiers: as <see cref="User"/>.</summary>
    public string Address => AddressOf(this);

    /// <summary>For tests of what tiers never do: as a user who may do everything.</summary>
    public string AdminAddress => AdminAddressOf(this);

    public bool IsRunning => _process is not null;

    /// <summary>Where its data, its log and whatever a test puts there are.</summary>
    public string Directory { get; }

    /// <summary>The address of several, for tiers: as <see cref="User"/>.</summary>
    public static string AddressOf(params IEnumerable<RedisProcess> servers) => AddressOf($"{User}:{Password}", servers);

    /// <summary>The address of several, as <see cref="AdminAddress"/>.</summary>
    public static string AdminAddressOf(params IEnumerable<RedisProcess> servers) => AddressOf($"{Admin}:{Admin}", servers);

    /// <param name="arguments">As on the command line: <c>--appendonly yes</c> …</param>
    public static Task<RedisProcess> StartAsync(params string[] arguments) =>
        StartAsync(Ports.Free(), MakeDirectory(), isTls: false, arguments);

    /// <summary>Starts one whose clock can be moved while it runs.</summary>
    public static async Task<RedisProcess> StartWithClockAsync(params string[] arguments)
    {
        var server = new RedisProcess(Ports.Free(), MakeDirectory(), isTls: false, arguments) { _hasClock = true };
        server.MoveClock(TimeSpan.Zero);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts one whose clock stands still until it is set.</summary>
    internal static async Task<(RedisProcess Server, ExactClock Clock)> StartWithExactClockAsync(DateTimeOffset now)
    {
        var server = new RedisProcess(Ports.Free(), MakeDirectory(), isTls: false, []) { _hasExactClock = true };
        var clock = new ExactClock(server.ClockFile, now);
        await server.StartAgainAsync();
        return (server, clock);
    }

    /// <summary>Moves its clock, so far away from the true time.</summary>
    public void MoveClock(TimeSpan by) => MovedClock.Move(ClockFile, by);

    public static async Task<RedisProcess> StartAsync(int port, string directory, bool isTls, string[] arguments)
    {
        var server = new RedisProcess(port, directory, isTls, arguments);
        await server.StartAgainAsync();
        return server;
    }

    public static string MakeDirectory() => System.IO.Directory.CreateTempSubdirectory("remanso-redis-").FullName;

    /// <summary>Starts it once more after <see cref="Kill"/> or <see cref="StopAsync"/>, with its data
    /// directory.</summary>
    /// <param name="more">Arguments for this start alone.</param>
    public async Task StartAgainAsync(params string[] more)
    {
        var start = new ProcessStartInfo(Program)
        {
            UseShellExecute = false,
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] own =
        [
            "--dir",
            Directory,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--enable-debug-command",
            "yes",
            "--aclfile",
            UsersFile,
            "--masteruser",
            Admin,
            "--masterauth",
            Admin,
        ];
        string[] port = _isTls ? ["--port", "0", "--tls-port", $"{Port}"] : ["--port", $"{Port}"];
        foreach (var argument in own.Concat(port).Concat(_arguments).Concat(more))
        {
            start.ArgumentList.Add(argument);
        }
        if (_hasClock)
        {
            MovedClock.Give(start, ClockFile);
        }
        if (_hasExactClock)
        {
            MovedClock.GiveExact(start, ClockFile);
        }
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var log = new List<string>();
        void Hear(string? line)
        {
            if (line is null)
            {
                return;
            }
            lock (log)
            {
                log.Add(line);
            }
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        }

        try
        {
            _process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException($"These tests need {Program} on the PATH: apt-get install redis-server", error);
        }
        lock (_running)
        {
            _running.Add(this);
        }
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("redis-server has ended."));
        _process.OutputDataReceived += (_, e) => Hear(e.Data);
        _process.ErrorDataReceived += (_, e) => Hear(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            await ready.Task.WaitAsync(_startTimeout);
        }
        catch (Exception error)
        {
            Kill();
            lock (log)
            {
                throw new InvalidOperationException($"redis-server did not start:\n{string.Join('\n', log)}", error);
            }
        }
    }

    /// <summary>As by <c>kill -9</c> or a power cut: nothing is said to anybody.</summary>
    public void Kill()
    {
        if (_process is { } process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>An orderly end (SIGTERM).</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            process.Terminate();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>It lives and answers nothing, as a machine that hangs (SIGSTOP).</summary>
    public void Freeze() => _process!.Freeze();

    /// <summary>Ends <see cref="Freeze"/> (SIGCONT).</summary>
    public void Thaw() => _process!.Thaw();

    /// <summary>Asks it, for what a test wants done behind the client's back.</summary>
    /// <returns>The reply, as redis-cli prints it.</returns>
    public Task<string> CliAsync(params string[] command) => CliAsync(Admin, Admin, command);

    /// <summary>The same, as one of its users.</summary>
    public Task<string> CliAsync(string user, string password, string[] command) =>
        RedisWire.AskAsync(new IPEndPoint(IPAddress.Loopback, Port), user, password, command);

    /// <summary>Asks the node of its cluster that the command is for.</summary>
    public Task<string> FollowAsync(params string[] command) => RedisWire.FollowAsync(new IPEndPoint(IPAddress.Loopback, Port), command);

    /// <summary>Lets it notice that its disk is of no use: it refuses writes until its <c>save</c> is empty.</summary>
    public async Task FillDiskAsync()
    {
        // A snapshot that can't be put into its place.
        System.IO.Directory.CreateDirectory(Path.Combine(Directory, "dump.rdb", "in-the-way"));
        await CliAsync("CONFIG", "SET", "save", "360000 1000000");
        await Until.TrueAsync(
            async () =>
            {
                await CliAsync("BGSAVE");
                return (await CliAsync("INFO", "persistence")).Contains("rdb_last_bgsave_status:err", StringComparison.Ordinal);
            },
            "Redis has noticed that its disk is of no use"
        );
    }

    /// <summary>Allows the deployed user another prefix, as operators do who want one: in the file too, for the next
    /// start reads it.</summary>
    public async Task AllowPrefixAsync(string prefix)
    {
        await CliAsync("ACL", "SETUSER", User, $"~{prefix}:*", $"&{prefix}:*");
        await CliAsync("ACL", "SAVE");
    }

    /// <summary>Moves a key to another server.</summary>
    public Task MigrateAsync(RedisProcess target, string key) =>
        CliAsync("MIGRATE", "127.0.0.1", $"{target.Port}", key, "0", "5000", "AUTH2", Admin, Admin);

    /// <summary>Runs redis-cli on a cluster.</summary>
    public static Task<string> ClusterCliAsync(params IEnumerable<string> arguments) =>
        RedisCli.RunAsync(["--user", Admin, "--pass", Admin, "--no-auth-warning", "--cluster", .. arguments]);

    public ValueTask DisposeAsync()
    {
        Kill();
        lock (_running)
        {
            _running.Remove(this);
        }
        System.IO.Directory.Delete(Directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static string AddressOf(string credentials, IEnumerable<RedisProcess> servers) =>
        $"redis://{credentials}@{string.Join(',', servers.Select(static server => $"127.0.0.1:{server.Port}"))}";

    private string UsersFile => Path.Combine(Directory, "deployed.acl");

    private string ClockFile => Path.Combine(Directory, "clock");

    private static void KillAll()
    {
        lock (_running)
        {
            foreach (var server in _running)
            {
                server.Kill();
            }
        }
    }
}
