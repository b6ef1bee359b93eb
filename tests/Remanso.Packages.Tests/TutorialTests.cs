using System.Diagnostics;
using System.Text.RegularExpressions;
using Remanso.Conformance.Servers;

namespace Remanso.Packages.Tests;

/// <summary> A new user follows <c>docs/tutorials/first-cache.md</c> word for word: types its commands, saves its
/// listings under the names that it says, and has the packages alone.
/// </summary>
public sealed partial class TutorialTests(PackedPackages packages)
{
    private const string Page = "docs/tutorials/first-cache.md";

    private static readonly TimeSpan _promised = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task The_first_cache_runs_and_is_tested_in_under_ten_minutes()
    {
        var begun = TimeProvider.System.GetTimestamp();
        var folder = await packages.NewFolderAsync("tutorial", knowsFeed: false);
        var port = Ports.Free();
        var told = new List<string>();
        Process? application = null;
        try
        {
            foreach (
                var step in StepsOf(
                    await File.ReadAllTextAsync(Path.Combine(PackedPackages.Root, Page), TestContext.Current.CancellationToken)
                )
            )
            {
                if (step.File is { } file)
                {
                    await File.WriteAllTextAsync(Path.Combine(folder, file), step.Text, TestContext.Current.CancellationToken);
                    continue;
                }

                // A nuget.config is there: it finds all that is not Remanso's on this machine.
                var commands = step
                    .Text.Replace(":5080", $":{port}", StringComparison.Ordinal)
                    .Replace("dotnet new nugetconfig\n", string.Empty, StringComparison.Ordinal)
                    .Replace("CLONE/packages", packages.Feed, StringComparison.Ordinal);
                if (commands.Contains("--urls", StringComparison.Ordinal))
                {
                    // It stays in its terminal; the page goes on in a second one.
                    application = CommandRun.Start(folder, "bash", "-c", "exec " + commands);
                    await WaitForAsync(port, application);
                }
                else
                {
                    told.Add(await CommandRun.RunAsync(folder, "bash", "-e", "-c", commands));
                }
            }

            // The burst goes into the table, once the application has ended as by Ctrl+C.
            Assert.Contains(told, static text => text.Contains("\"title\":\"Hello\",\"text\":\"It works.\"", StringComparison.Ordinal));
            Assert.Contains(told, static text => EditPattern.IsMatch(text));
            Assert.Matches("Total: 2, Errors: 0, Failed: 0", told[^1]);
            Assert.True(File.Exists(Path.Combine(folder, "blog.db")) || File.Exists(Path.Combine(folder, "blog", "blog.db")));
            var taken = TimeProvider.System.GetElapsedTime(begun);
            Assert.InRange(taken, TimeSpan.Zero, _promised);
            TestContext.Current.TestOutputHelper?.WriteLine($"The tutorial took {taken.TotalSeconds:F0} s.");
        }
        finally
        {
            application?.Kill(entireProcessTree: true);
            application?.Dispose();
        }
    }

    [GeneratedRegex("\"title\":\"Edit [0-9]+\"")]
    private static partial Regex EditPattern { get; }

    // A listing of C# belongs to the file that was named last before it.
    private static IEnumerable<(string? File, string Text)> StepsOf(string page)
    {
        foreach (Match listing in ListingPattern.Matches(page))
        {
            var isProgram = listing.Groups["language"].Value == "csharp";
            yield return (
                isProgram ? FilePattern.Matches(page[..listing.Index])[^1].Groups["file"].Value : null,
                listing.Groups["code"].Value
            );
        }
    }

    private static async Task WaitForAsync(int port, Process application)
    {
        using var client = new HttpClient();
        while (true)
        {
            Assert.False(application.HasExited);
            try
            {
                await client.GetAsync(new Uri($"http://localhost:{port}/articles/1"), TestContext.Current.CancellationToken);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }
    }

    [GeneratedRegex("\\*\\*(?<file>[a-z.]+/[A-Za-z]+\\.cs)\\*\\*")]
    private static partial Regex FilePattern { get; }

    [GeneratedRegex("^```(?<language>sh|csharp)\n(?<code>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex ListingPattern { get; }
}
