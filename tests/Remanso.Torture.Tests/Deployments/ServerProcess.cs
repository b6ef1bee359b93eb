using System.Diagnostics;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Deployments;

/// <summary>The server as its users run it, on a port of its own: to be killed, started again, stopped and continued.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int LinesKept = 40;

    private static readonly HashSet<ServerProcess> _all = [];

    private readonly string _name;
    private readonly string[] _arguments;
    private readonly Queue<string> _log = [];
    private Process? _process;

    static ServerProcess() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => KillAll();

    private ServerProcess(string name, string[] arguments)
    {
        _name = name;
        Port = Ports.Free();
        _arguments = ["--urls", $"http://127.0.0.1:{Port}", .. arguments];
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        lock (_all)
        {
            _all.Add(this);
        }
    }

    public int Port { get; }

    /// <summary>For what is asked now and then; the load has connections of its own.</summary>
    public HttpClient Client { get; }

    /// <summary>Whether it was started and not ended since.</summary>
    public bool IsRunning => _process is not null;

    /// <summary>The process's number: part of the name under which a worker holds its leases.</summary>
    public int Id => _process!.Id;

    /// <summary>Starts one and waits until it is ready.</summary>
    /// <param name="name">What failures call it.</param>
    /// <param name="arguments">As on the command line.</param>
    public static async Task<ServerProcess> StartAsync(string name, params string[] arguments)
    {
        var server = new ServerProcess(name, arguments);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it after a <see cref="Kill"/>, as it was started first; returns when it is ready.</summary>
    public async Task StartAgainAsync()
    {
        var start = ServerProgram.Command(_arguments);
        start.WorkingDirectory = Path.GetTempPath();
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, e) => Hear(e.Data);
        process.ErrorDataReceived += (_, e) => Hear(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        await Patient.UntilAsync(IsReadyAsync, $"{_name} is ready");
    }

    /// <summary>Asks it to end (SIGTERM), and waits until it has.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        using var process = _process!;
        process.Terminate();
        using var patience = new CancellationTokenSource(Scale.Patience, TimeProvider.System);
        await process.WaitForExitAsync(patience.Token);
        _process = null;
        return process.ExitCode;
    }

    /// <summary>As a power cut would: nothing of it runs any more.</summary>
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

    /// <summary>It lives and does nothing, as a machine that hangs or a runtime in a long pause.</summary>
    public void Freeze() => _process!.Freeze();

    /// <summary>Ends <see cref="Freeze"/>: it goes on in the middle of what it did.</summary>
    public void Thaw() => _process!.Thaw();

    /// <summary>The last lines that it printed.</summary>
    public string Log()
    {
        lock (_log)
        {
            return $"{_name}:\n  {string.Join("\n  ", _log)}";
        }
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        Client.Dispose();
        lock (_all)
        {
            _all.Remove(this);
        }

        return ValueTask.CompletedTask;
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process!.HasExited)
        {
            Assert.Fail($"It ended with {_process.ExitCode}. {Log()}");
        }

        using var response = await Client.GetAsync("/health/ready");
        return response.IsSuccessStatusCode;
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_log)
        {
            _log.Enqueue(line);
            if (_log.Count > LinesKept)
            {
                _log.Dequeue();
            }
        }
    }

    private static void KillAll()
    {
        lock (_all)
        {
            foreach (var server in _all)
            {
                server.Kill();
            }
        }
    }
}
