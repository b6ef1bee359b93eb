using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Remanso.Server.Commands.Remote.Transfer;

namespace Remanso.Server.Commands.Remote.Bench;

/// <summary><c>bench</c>: what a running server does under load, and what of it reaches the database.</summary>
internal static class BenchCommand
{
    public static Command Create(Terminal terminal, CommonOptions common, TimeProvider time)
    {
        var duration = new Option<string>("--duration")
        {
            Description = "How long",
            HelpName = "TIME",
            DefaultValueFactory = static _ => "10s",
        };
        var connections = Numbers.Whole("--connections", "How many calls are under way at a time, 1 to 1024", 16, 1, 1024);
        var keys = Numbers.Whole("--keys", "How many keys, 1 to 10000000", 10_000, 1, 10_000_000);
        var bytes = Numbers.Whole("--value-bytes", "How long a value is, 1 to 1048576", 100, 1, 1 << 20);
        var reads = Numbers.Whole("--reads", "How many of 100 calls read", 90, 0, 100);
        var prefix = new Option<string>("--prefix")
        {
            Description = "How its keys begin; they have values for 10 minutes",
            HelpName = "TEXT",
            DefaultValueFactory = static _ => "remanso-bench:",
        };
        var command = new Command(
            "bench",
            "Reads and writes keys of its own on a running server for a while, and tells latencies and what reached the database"
        )
        {
            duration,
            connections,
            keys,
            bytes,
            reads,
            prefix,
        };
        command.SetAction(
            (arguments, cancellationToken) =>
                common.RunOnServerAsync(
                    arguments,
                    async client =>
                    {
                        var atMost = Times.Parse(duration.Name, arguments.GetValue(duration)) ?? TimeSpan.Zero;
                        if (atMost < TimeSpan.FromMilliseconds(100) || atMost > TimeSpan.FromHours(1))
                        {
                            throw new UsageException("--duration must be 100ms to 1h");
                        }

                        var plan = new BenchPlan(
                            arguments.GetRequiredValue(prefix),
                            arguments.GetValue(connections),
                            atMost,
                            arguments.GetValue(keys),
                            arguments.GetValue(bytes),
                            arguments.GetValue(reads) / 100.0
                        );
                        var json = common.WantsJson(arguments);
                        var run = new BenchRun(client, client.Cache(common.CacheOf(arguments)), plan, time);
                        BenchResult? result = null;
                        await ProgressReport.RunAsync(terminal, "calls", json, time, async told =>
                        {
                            result = await run.RunAsync(told, cancellationToken);
                            return ExitCode.Done;
                        });
                        terminal.Output.WriteLine(json ? Line(result!) : Text(result!).ReplaceLineEndings("\n").TrimEnd('\n'));
                        return result!.IsInterrupted ? ExitCode.Interrupted
                            : result.Errors.Count == 0 ? ExitCode.Done
                            : ExitCode.Refused;
                    },
                    timeout: Timeout.InfiniteTimeSpan
                )
        );
        return command;
    }

    private static string Text(BenchResult result)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine(
            $"This machine's own noise: {Time(result.Noise.At(0.999))} at 99.9 %, {Time(result.Noise.Longest)} at most. "
                + "Latencies below that say nothing."
        );
        text.WriteLine();
        text.WriteLine(Line(string.Empty, "calls/s", "50 %", "90 %", "99 %", "99.9 %", "most"));
        text.WriteLine(Row("reads", result.Reads, result.Passed));
        text.WriteLine(Row("writes", result.Writes, result.Passed));
        text.WriteLine();
        foreach (var (code, count) in result.Errors)
        {
            text.WriteLine($"{count} {(count == 1 ? "call" : "calls")} failed with {code}.");
        }

        text.WriteLine(
            result.IsInterrupted
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"Interrupted after {result.Passed.TotalSeconds:0.0} s: nothing was flushed, so what reached the database is not known."
                )
            : result.Queries is null ? "What reached the database is not known: the key may not observe."
            : string.Create(CultureInfo.InvariantCulture, $"{result.Reads.Count} reads became {result.Queries} queries; ")
                + (
                    result.OthersFlush
                        ? $"what became of the {result.Writes.Count} writes is counted by the workers that flush them."
                        : $"{result.Writes.Count} writes became {result.Rows} rows in {result.Batches} batches."
                )
        );
        return text.ToString();
    }

    private static string Row(string name, Latencies times, TimeSpan passed) =>
        times.Count == 0
            ? Line(name, "0")
            : Line(
                name,
                (times.Count / passed.TotalSeconds).ToString("0", CultureInfo.InvariantCulture),
                Time(times.At(0.5)),
                Time(times.At(0.9)),
                Time(times.At(0.99)),
                Time(times.At(0.999)),
                Time(times.Longest)
            );

    private static string Line(string name, params ReadOnlySpan<string> cells)
    {
        var line = new StringBuilder(name.PadRight(8));
        foreach (var cell in cells)
        {
            line.Append(cell.PadLeft(10));
        }

        return line.ToString();
    }

    private static string Time(TimeSpan time) =>
        time.TotalMilliseconds switch
        {
            >= 1000 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s"),
            >= 0.1 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.00} ms"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:0.0} us"),
        };

    private static string Line(BenchResult result) =>
        JsonLine.Of(line =>
        {
            Write(line, "noise", result.Noise, result.Passed);
            Write(line, "reads", result.Reads, result.Passed);
            Write(line, "writes", result.Writes, result.Passed);
            line.WriteStartObject("errors"u8);
            foreach (var (code, count) in result.Errors)
            {
                line.WriteNumber(code, count);
            }

            line.WriteEndObject();
            if (result.IsInterrupted)
            {
                line.WriteBoolean("interrupted"u8, value: true);
            }

            if (result.Queries is { } queries)
            {
                line.WriteStartObject("database"u8);
                line.WriteNumber("queries"u8, queries);
                line.WriteKnown("rows", result.Rows);
                line.WriteKnown("batches", result.Batches);
                line.WriteEndObject();
            }
        });

    private static void Write(Utf8JsonWriter line, string name, Latencies times, TimeSpan passed)
    {
        line.WriteStartObject(name);
        line.WriteNumber("count"u8, times.Count);
        if (name != "noise")
        {
            line.WriteNumber("perSecond"u8, Math.Round(times.Count / passed.TotalSeconds, 1));
        }

        foreach (var (label, part) in ((string, double)[])[("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("max", 1)])
        {
            line.WriteNumber(label + "Us", times.Count == 0 ? 0 : Math.Round(times.At(part).TotalMicroseconds, 1));
        }

        line.WriteEndObject();
    }
}
