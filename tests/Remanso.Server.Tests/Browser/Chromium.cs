using System.Diagnostics;

namespace Remanso.Server.Tests.Browser;

/// <summary>A real browser without a window, with a profile of its own, for which some names lead to this machine and all others nowhere.</summary>
internal sealed class Chromium : IDisposable
{
    private const string Program = "/usr/bin/chromium";

    private readonly TemporaryFolder _profile = new();
    private readonly Process _process;

    public Chromium(Uri page)
    {
        var start = new ProcessStartInfo(Program,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-dev-shm-usage", "--disable-popup-blocking", "--user-data-dir=" + _profile.Path,
            "--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            page.AbsoluteUri,
        ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
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
