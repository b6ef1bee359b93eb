using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Remanso.Conformance.Support;

namespace Remanso.Dashboard.Tests;

/// <summary>The server as its users run it, which can be ended and begun again at the same address.</summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("remanso-dashboard-").FullName;
    private readonly string[] _switches;
    private Process? _process;

    private DashboardServer(string[] switches)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        string[] store = switches.Contains("--store") ? [] : ["--store", "sqlite:" + Path.Combine(_folder, "remanso.db")];
        _switches = ["--urls", Address.GetLeftPart(UriPartial.Authority), .. store, .. switches];
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>The folder that it runs in.</summary>
    public string Folder => _folder;

    public static async Task<DashboardServer> StartAsync(params string[] switches)
    {
        var server = new DashboardServer(switches);
        await server.BeginAsync();
        return server;
    }

    /// <summary>Starts it with caches, settings and an entry to look at, and shows values.</summary>
    public static async Task<DashboardServer> StartFilledAsync()
    {
        var server = await StartAsync(
            "--environment",
            "Development",
            "--Remanso:Caches:orders:Ttl:Base",
            "90s",
            "--Remanso:Caches:refused:MaxTags",
            "2"
        );
        await server.PutAsync("user:42", "{\"name\":\"Alice\"}", "application/json");
        return server;
    }

    /// <summary>Begins it, and waits until its start is printed.</summary>
    public async Task BeginAsync()
    {
        var start = ServerProgram.Command(_switches);
        start.WorkingDirectory = _folder;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var told = new StringBuilder();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            told.AppendLine(line.Data);
            if (line.Data is null || line.Data.Contains("promise", StringComparison.Ordinal))
            {
                started.TrySetResult();
            }
        };
        _process.ErrorDataReceived += (_, line) => told.AppendLine(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await started.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        Assert.False(_process.HasExited, "The server did not start: " + told);
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Writes a value through the API.</summary>
    public Task PutAsync(string key, string value, string type = "text/plain", string cache = "default") =>
        PutAsync(key, Encoding.UTF8.GetBytes(value), type, cache);

    /// <summary>Writes bytes through the API.</summary>
    public async Task PutAsync(string key, byte[] value, string type = "text/plain", string cache = "default")
    {
        using var body = new ByteArrayContent(value);
        body.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var answer = await Client.PutAsync($"v1/caches/{cache}/entries/{Uri.EscapeDataString(key)}", body);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_process is not null)
        {
            await KillAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
