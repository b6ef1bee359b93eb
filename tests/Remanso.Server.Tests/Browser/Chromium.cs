using System.Diagnostics;
using Remanso.Conformance.Support;

namespace Remanso.Server.Tests.Browser;

/// <summary>A real browser without a window, with a profile of its own, for which some names lead to this machine and
/// all others nowhere.</summary>
internal sealed class Chromium : IDisposable
{
    private readonly TemporaryFolder _profile = new();
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    public Chromium(Uri page, params string[] switches)
    {
        var start = new ProcessStartInfo(
            Browsers.Chromium,
            [
                .. switches,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--disable-popup-blocking",
                "--user-data-dir=" + _profile.Path,
                "--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
                page.AbsoluteUri,
            ]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _output.AppendLine(line.Data);
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What a page has become once its scripts have run.</summary>
    public static async Task<string> ReadAsync(Uri page)
    {
        using var browser = new Chromium(page, "--virtual-time-budget=20000", "--dump-dom");
        await browser._process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        return browser._output.ToString();
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        for (var tries = 0; ; tries++)
        {
            try
            {
                _profile.Dispose();
                return;
            }
            catch (IOException) when (tries < 100)
            {
                // A process of the browser's that outlived it for a moment still writes there.
            }
        }
    }
}
