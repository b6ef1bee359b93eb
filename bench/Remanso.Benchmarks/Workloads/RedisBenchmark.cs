using System.Diagnostics;
using System.Globalization;

namespace Remanso.Benchmarks.Workloads;

/// <summary>Redis's own load program, written in C: what a server gives to a client that does nothing with the answers.</summary>
/// <param name="address"><c>host:port</c>.</param>
/// <param name="keys">How many different numbers <see cref="RandomKey"/> becomes.</param>
internal sealed class RedisBenchmark(string address, int keys)
{
    /// <summary>What the program replaces with twelve digits, each time others.</summary>
    public const string RandomKey = "__rand_int__";

    /// <summary>Sends a command so many times, over 50 connections, 16 at once on each.</summary>
    /// <returns>Answers per second.</returns>
    public async Task<double> RunAsync(int requests, IReadOnlyList<string> command)
    {
        var colon = address.LastIndexOf(':');
        var start = new ProcessStartInfo("redis-benchmark") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (
            var argument in (IEnumerable<string>)
                [
                    "-h",
                    address[..colon],
                    "-p",
                    address[(colon + 1)..],
                    "-c",
                    "50",
                    "-P",
                    "16",
                    "-n",
                    Text(requests),
                    "-r",
                    Text(keys),
                    "--csv",
                    .. command,
                ]
        )
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("redis-benchmark does not start.");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        // "name of the test","answers per second", and latencies; the last line is the test's.
        var fields = output.Trim().Split('\n')[^1].Split("\",\"");
        return
            process.ExitCode == 0
            && fields.Length > 1
            && double.TryParse(fields[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var perSecond)
            ? perSecond
            : throw new InvalidOperationException($"redis-benchmark ended with {process.ExitCode} and printed: {output}");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
