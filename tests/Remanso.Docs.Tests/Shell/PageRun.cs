using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Docs.Tests.Pages;

namespace Remanso.Docs.Tests.Shell;

/// <summary>Runs what a page lists for a terminal, from its first listing to its last, in one folder.</summary>
internal static partial class PageRun
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    /// <summary>The languages of listings for a terminal.</summary>
    public static bool IsShell(Listing listing) => listing.Language is "sh" or "bash" or "console";

    /// <summary>Runs the listings of a page; fails with what they printed.</summary>
    public static async Task<string> RunAsync(Page page, string redis, string postgres)
    {
        var folder = Directory.CreateTempSubdirectory("remanso-page-").FullName;
        try
        {
            var clone = Directory.CreateDirectory(Path.Combine(folder, "remanso")).FullName;
            MakeClone(clone);
            var port = Ports.Free();
            var script = string.Join(
                '\n',
                page.Listings.Where(IsShell)
                    .Select(listing =>
                        $"next_listing '{page.Path}:{listing.Line}' "
                        + $"{(StartPattern.IsMatch(listing.Text) ? "starts" : string.Empty)}\n{Here(listing.Text, port, redis, postgres)}"
                    )
            );
            var path = Path.Combine(folder, "page.sh");
            await File.WriteAllTextAsync(
                path,
                $". '{Path.Combine(AppContext.BaseDirectory, "Shell/commands.sh")}'\n{Preparation.ScriptOf(page.Path)}\n{script}",
                TestContext.Current.CancellationToken
            );
            return await BashAsync(clone, port, path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What bash says of the syntax of a listing; empty: nothing.</summary>
    public static async Task<string> CheckAsync(string listing)
    {
        using var process = Process.Start(
            new ProcessStartInfo("bash", ["-n"])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardError = true,
            }
        )!;
        await process.StandardInput.WriteAsync(listing);
        process.StandardInput.Close();
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return errors;
    }

    private static string Here(string text, int port, string redis, string postgres)
    {
        text = RedisPattern.Replace(Preparation.Adapt(text), redis);
        return PostgresPattern.Replace(text, postgres).Replace(":8000", $":{port}", StringComparison.Ordinal);
    }

    [GeneratedRegex("remanso .*&$", RegexOptions.Multiline)]
    private static partial Regex StartPattern { get; }

    [GeneratedRegex("redis://[a-zA-Z@:0-9.]+")]
    private static partial Regex RedisPattern { get; }

    [GeneratedRegex("postgres://[a-zA-Z@:0-9./]+")]
    private static partial Regex PostgresPattern { get; }

    // As a clone lies there, with what a page may change as a copy.
    private static void MakeClone(string folder)
    {
        foreach (var name in new[] { "src", "samples" })
        {
            Directory.CreateSymbolicLink(Path.Combine(folder, name), Path.Combine(Repository.Root, name));
        }

        var eng = Directory.CreateDirectory(Path.Combine(folder, "eng")).FullName;
        foreach (var script in Directory.EnumerateFiles(Path.Combine(Repository.Root, "eng"), "*.sh"))
        {
            // The scripts have tests of their own, and some of them would run this one.
            File.CreateSymbolicLink(Path.Combine(eng, Path.GetFileName(script)), "/bin/true");
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "deploy"), "*", SearchOption.AllDirectories))
        {
            var made = Path.Combine(folder, Path.GetRelativePath(Repository.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(made)!);
            File.Copy(file, made);
        }
    }

    private static async Task<string> BashAsync(string folder, int port, string script)
    {
        var start = new ProcessStartInfo("bash", ["-c", "exec 2>&1; . \"$0\"", script])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["SERVER"] = Path.Combine(AppContext.BaseDirectory, "Remanso.Server.dll"),
                ["ROOT"] = Repository.Root,
                ["CONFIGURATION"] = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
                ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
                ["HOME"] = Path.GetDirectoryName(folder),
            },
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(_patience, TimeProvider.System);
        var told = new StringBuilder();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                told.Append(line).Append('\n');
            }

            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"It did not end: {told}");
        }

        Assert.True(process.ExitCode == 0, $"It ended with {process.ExitCode}: {told}");
        return told.ToString();
    }
}
