using System.Text.RegularExpressions;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Simulation.Tests;

/// <summary>The short form of the simulation; <c>eng/simulate.sh</c> runs the long one.</summary>
public sealed partial class SimulationTests
{
    public static TheoryData<string> Found => [.. FilesOf(Folder)];

    public static TheoryData<string> FoundOnRedis => [.. FilesOf(Path.Combine(Folder, "Redis"))];

    private static string Folder => Path.Combine(Repository.Root, "tests", "Remanso.Simulation.Tests", "Found");

    [Theory]
    [InlineData("0")]
    [InlineData("1000000")]
    public async Task Thousands_of_schedules_break_no_promise(string from)
    {
        var (code, output) = await SimulationRun.OfAsync("run", "--from", from, "--count", "2000");
        Assert.Equal($"0: {Summary().Match(output).Value}", $"{code}: {output.Trim()}");
    }

    [Fact]
    public async Task A_seed_is_the_same_run_in_each_process()
    {
        var runs = await Task.WhenAll(
            SimulationRun.OfAsync("run", "--from", "7000", "--count", "200"),
            SimulationRun.OfAsync("run", "--from", "7000", "--count", "200")
        );
        Assert.Equal(Fingerprint().Match(runs[0].Output).Value, Fingerprint().Match(runs[1].Output).Value);
        Assert.NotEmpty(Fingerprint().Match(runs[0].Output).Value);
    }

    /// <summary>What was found and mended, each as small as it could be made.</summary>
    [Theory]
    [MemberData(nameof(Found))]
    public async Task What_was_found_once_does_not_come_back(string file)
    {
        var (code, output) = await SimulationRun.OfAsync("replay", Path.Combine(Folder, file));
        Assert.True(code == 0, output);
    }

    /// <summary>The shared tier with its scripts on a real server. Of the seeds, those are taken that have a shared tier.</summary>
    [Fact]
    public async Task On_Redis_the_same_worlds_break_no_promise()
    {
        var (code, output) = await SimulationRun.OfAsync("--redis", "run", "--from", "0", "--count", "200");
        Assert.Equal($"0: {Summary().Match(output).Value}", $"{code}: {output.Trim()}");
    }

    [Fact]
    public async Task On_Redis_a_seed_is_the_same_run_in_each_process()
    {
        var first = await SimulationRun.OfAsync("--redis", "run", "--from", "7000", "--count", "20");
        var second = await SimulationRun.OfAsync("--redis", "run", "--from", "7000", "--count", "20");
        Assert.Equal(Fingerprint().Match(first.Output).Value, Fingerprint().Match(second.Output).Value);
        Assert.NotEmpty(Fingerprint().Match(first.Output).Value);
    }

    [Theory]
    [MemberData(nameof(FoundOnRedis))]
    public async Task What_was_found_once_on_Redis_does_not_come_back(string file)
    {
        var (code, output) = await SimulationRun.OfAsync("--redis", "replay", Path.Combine(Folder, "Redis", file));
        Assert.True(code == 0, output);
    }

    private static IEnumerable<string> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder, "*.json").Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    [GeneratedRegex("^[0-9]+ seeds from .*$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Summary();

    [GeneratedRegex("fingerprint [0-9a-f]{16}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fingerprint();
}
