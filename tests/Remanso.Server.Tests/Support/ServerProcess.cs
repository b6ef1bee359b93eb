using System.Diagnostics;
using System.Runtime.InteropServices;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;

namespace Remanso.Server.Tests.Support;

/// <summary>The server as its users run it: a process of its own, with exit code and streams.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int SigHup = 1;
    private const int SigTerm = 15;
    private const int SigContinue = 18;
    private const int SigStop = 19;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _errors;
    private Task<string> _output = Task.FromResult(string.Empty);

    private ServerProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public HttpClient Client { get; } = new();

    /// <summary>What the start printed.</summary>
    public string Banner { get; private set; } = string.Empty;

    /// <summary>Runs until the process ends by itself.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string folder,
        string[] switches,
        params (string Name, string Value)[] environment
    )
    {
        using var process = Start(folder, switches, environment);
        return await EndAsync(process);
    }

    /// <summary>Runs until the process ends by itself, in a shell that first does something to its surroundings.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAfterAsync(
        string script,
        string folder,
        params string[] switches
    )
    {
        using var process = Start(folder, switches, [], script);
        return await EndAsync(process);
    }

    private static async Task<(int ExitCode, string Output, string Errors)> EndAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(_patience, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail("The server did not end: " + await output + await errors);
        }

        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Runs it without waiting for its start.</summary>
    public static ServerProcess Begin(string folder, params string[] switches) =>
        new(Start(folder, ["--urls", $"http://127.0.0.1:{Ports.Free()}", .. switches], []));

    /// <summary>Runs until its start is printed.</summary>
    public static Task<ServerProcess> StartAsync(string folder, params string[] switches) => StartAsync(folder, switches, []);

    /// <summary>Runs until its start is printed.</summary>
    public static async Task<ServerProcess> StartAsync(string folder, string[] switches, (string Name, string Value)[] environment)
    {
        var url = $"http://127.0.0.1:{Ports.Free()}";
        var server = new ServerProcess(Start(folder, ["--urls", url, .. switches], environment));
        try
        {
            server.Client.BaseAddress = new Uri(url);
            await server.StartedAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs it in a shell that first does something to its surroundings.</summary>
    /// <param name="script">What it does; the server takes its place.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="switches">Its switches.</param>
    public static async Task<ServerProcess> StartAfterAsync(string script, string folder, params string[] switches)
    {
        var url = $"http://127.0.0.1:{Ports.Free()}";
        var server = new ServerProcess(Start(folder, ["--urls", url, .. switches], [], script));
        server.Client.BaseAddress = new Uri(url);
        await server.StartedAsync();
        return server;
    }

    /// <summary>The number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>What it wrote after its start, once it has ended.</summary>
    public Task<string> Output => _output;

    public Task<(int ExitCode, string Errors)> TerminateAsync() => SignalAsync(SigTerm);

    /// <summary>As a terminal that is closed.</summary>
    public Task<(int ExitCode, string Errors)> HangUpAsync() => SignalAsync(SigHup);

    private async Task<(int ExitCode, string Errors)> SignalAsync(int signal)
    {
        Assert.Equal(0, Kill(_process.Id, signal));
        using var timeout = new CancellationTokenSource(_patience, TimeProvider.System);
        await _process.WaitForExitAsync(timeout.Token);
        return (_process.ExitCode, await _errors);
    }

    /// <summary>Lets nothing of it run until <see cref="Resume"/>, while the system goes on to take connections for it; Linux
    /// only.</summary>
    public void Pause() => Assert.Equal(0, Kill(_process.Id, SigStop));

    public void Resume() => Assert.Equal(0, Kill(_process.Id, SigContinue));

    /// <summary>Ends it as a power cut would: nothing of it runs any more.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        // Until then it may write into the folder that the test deletes.
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private async Task StartedAsync()
    {
        using var timeout = new CancellationTokenSource(_patience, TimeProvider.System);
        while (await _process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            Banner += line + '\n';
            if (line.Contains("promise", StringComparison.Ordinal))
            {
                // Read on, or a log that nobody reads would stop the process.
                _output = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return;
            }
        }

        Assert.Fail("The server did not start: " + await _errors);
    }

    private static Process Start(string folder, string[] switches, (string Name, string Value)[] environment, string? script = null)
    {
        var start = ServerProgram.Command(switches);
        if (script is not null)
        {
            start = new ProcessStartInfo("sh", ["-c", script + "; exec \"$0\" \"$@\"", start.FileName, .. start.ArgumentList]);
        }

        start.WorkingDirectory = folder;
        start.UseShellExecute = false;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
