using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Remanso.Conformance.Support;

namespace Remanso.Server.Tests;

/// <summary>What a newcomer pastes from the README does what it says there.</summary>
public sealed partial class ReadmeTests
{
    // As the README's thousand, but for the time that so many processes take.
    private const int Race = 60;

    private static readonly string _root = Repository.Root;

    [Fact]
    public async Task The_walk_is_pasted_at_once()
    {
        using var folder = new TemporaryFolder();
        // What the walk does not wait for is not there.
        await using var server = await ServerProcess.StartAsync(folder.Path, "--Remanso:Caches:default:Flush:Interval=1h");
        var walk = BlockAfter("## A walk in four steps", "sh")
            .Replace("localhost:8000", server.Client.BaseAddress!.Authority, StringComparison.Ordinal)
            .Replace("seq 1 1000", $"seq 1 {Race}", StringComparison.Ordinal)
            .Replace("\ncurl ", "\necho; curl -s ", StringComparison.Ordinal);

        var lines = (await RunAsync("bash", ["-c", walk], folder.Path)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(5, lines.Length);
        var version = Member(lines[0], "version");
        Assert.Equal($$"""{"status":"cached","key":"user:42","value":"Alice","version":{{version}}}""", lines[0]);
        Assert.Equal($$"""{"source":"cache","key":"user:42","value":"Alice","version":{{version}}}""", lines[1]);
        Assert.Equal($$"""{"source":"db","key":"user:42","value":"Alice","version":{{version}}}""", lines[2]);
        Assert.Equal("db", Member(lines[3], "source"));
        using var stats = JsonDocument.Parse(lines[4]);
        Assert.Contains($"\"writes\":{Race + 1},", lines[4], StringComparison.Ordinal);
        Assert.InRange(long.Parse(StoredPattern.Match(lines[4]).Groups["count"].ValueSpan, provider: null), 2, Race + 1);
    }

    [Fact]
    public async Task The_listing_runs()
    {
        using var folder = new TemporaryFolder();
        var program = Path.Combine(
            _root,
            "samples/Quickstart/bin",
            Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!
        );

        var output = await RunAsync(
            "dotnet",
            ["exec", Assert.Single(Directory.GetFiles(program, "Quickstart.dll", SearchOption.AllDirectories))],
            folder.Path
        );

        Assert.Contains("User { Name = Alice, Level = 7 } version True", output, StringComparison.Ordinal);
    }

    [GeneratedRegex("\"flush\":\\{[^}]*\"stored\":(?<count>[0-9]+)")]
    private static partial Regex StoredPattern { get; }

    private static string? Member(string json, string name)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty(name).ToString();
    }

    private static string BlockAfter(string text, string language)
    {
        var readme = File.ReadAllText(Path.Combine(_root, "README.md"));
        var start = readme.IndexOf(text, StringComparison.Ordinal);
        var fence = $"```{language}\n";
        var begin = readme.IndexOf(fence, start, StringComparison.Ordinal) + fence.Length;
        return readme[begin..readme.IndexOf("```", begin, StringComparison.Ordinal)];
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output + await errors);
        return output;
    }
}
