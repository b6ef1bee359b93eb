using System.CommandLine;
using Remanso.Client;
using Spectre.Console;

namespace Remanso.Server.Commands.Remote.Top;

/// <summary><c>top</c>: what a server does now, on a screen that is drawn again and again, or a sample at a time for scripts.</summary>
internal static class TopCommand
{
    private const int Longest = 1 << 16;

    public static Command Create(Terminal terminal, CommonOptions common, TimeProvider time)
    {
        var interval = new Option<string>("--interval")
        {
            Description = "How long a sample takes",
            HelpName = "TIME",
            DefaultValueFactory = static _ => "2s",
        };
        var once = new Option<bool>("--once") { Description = "One sample, and ends" };
        var command = new Command("top", "Shows rates, lag and the hottest caches of a server, until Ctrl+C; needs a key that may observe")
        {
            interval,
            once,
        };
        command.SetAction((arguments, cancellationToken) => common.RunOnServerAsync(arguments, async client =>
                {
                    var every = Times.Parse(interval.Name, arguments.GetValue(interval)) ?? TimeSpan.Zero;
                    if (every < TimeSpan.FromMilliseconds(100) || every > TimeSpan.FromHours(1))
                    {
                        throw new UsageException("--interval must be 100ms to 1h");
                    }

                    var run = new Run(client, common.AddressOf(arguments), every, time);
                    try
                    {
                        if (terminal.Screen is { } screen && !arguments.GetValue(once) && !common.WantsJson(arguments))
                        {
                            await screen
                                .Live(new Text("Taking the first sample…"))
                                .StartAsync(live =>
                                    run.ShowAsync(
                                        sample =>
                                        {
                                            live.UpdateTarget(TopScreen.Draw(sample, screen.Profile.Height));
                                            return true;
                                        },
                                        missed => live.UpdateTarget(new Text($"No sample, trying again: {missed}")),
                                        cancellationToken
                                    )
                                );
                            return ExitCode.Done;
                        }

                        await run.ShowAsync(
                            sample =>
                            {
                                Tell(terminal, sample, common.WantsJson(arguments));
                                return !arguments.GetValue(once);
                            },
                            arguments.GetValue(once) ? null : missed => terminal.Fail(ExitCode.Done, $"no sample: {missed}"),
                            cancellationToken
                        );
                    }
                    catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !arguments.GetValue(once))
                    {
                        // Ctrl+C is how it ends, unless it was asked for one sample, which was not told then.
                    }

                    return ExitCode.Done;
                }));
        return command;
    }

    /// <summary>Tells one sample where no screen is drawn again and again.</summary>
    internal static void Tell(Terminal terminal, TopSample sample, bool json)
    {
        if (json)
        {
            terminal.Output.WriteLine(Line(sample));
            terminal.Output.Flush();
            return;
        }

        // As wide as it needs to be, and without colours: it goes to a file or a pipe, or is there once.
        var plain = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(terminal.Output),
            }
        );
        if (terminal.Screen is { } screen)
        {
            plain.Profile.Width = Math.Max(80, screen.Profile.Width);
            plain.Write(TopScreen.Draw(sample, screen.Profile.Height));
            return;
        }

        plain.Profile.Width = Longest;
        plain.Write(TopScreen.Draw(sample, int.MaxValue, isWhole: true));
    }

    private static string Line(TopSample sample) =>
        JsonLine.Of(line =>
        {
            line.WriteString("at"u8, sample.At.UtcDateTime);
            line.WriteBoolean("ready"u8, sample.Readiness.IsReady);
            line.WriteStartArray("problems"u8);
            foreach (var problem in sample.Readiness.Problems)
            {
                line.WriteStringValue(problem);
            }

            line.WriteEndArray();
            line.WriteStartArray("warnings"u8);
            foreach (var warning in sample.Readiness.Warnings)
            {
                line.WriteStringValue(warning);
            }

            line.WriteEndArray();
            line.WriteStartObject("caches"u8);
            foreach (var cache in sample.Caches)
            {
                line.WriteStartObject(cache.Cache);
                line.WriteNumber("readsPerSecond"u8, Math.Round(cache.Reads, 2));
                if (!double.IsNaN(cache.HitRatio))
                {
                    line.WriteNumber("hitRatio"u8, Math.Round(cache.HitRatio, 4));
                }

                line.WriteNumber("queriesPerSecond"u8, Math.Round(cache.Queries, 2));
                line.WriteNumber("writesPerSecond"u8, Math.Round(cache.Writes, 2));
                line.WriteKnown("storedPerSecond", cache.Stored is { } stored ? Math.Round(stored, 2) : null);
                line.WriteNumber("refusedPerSecond"u8, Math.Round(cache.Refused, 2));
                var dirty = cache.Now.IsDirtyKnown ? cache.Now.Dirty : null;
                line.WriteKnown("dirtyEntries", dirty?.Entries);
                line.WriteKnown("dirtyBytes", dirty?.Bytes);
                line.WriteKnown("oldestAgeMs", dirty?.OldestAgeMs);
                line.WriteKnown("deadLetters", dirty?.DeadLetters);
                if (cache.Now.DirtyAsOf is { } asOf)
                {
                    line.WriteString("dirtyAsOf"u8, asOf.UtcDateTime);
                }

                line.WriteNumber("vanished"u8, cache.Now.Vanished);
                line.WriteString("circuit"u8, cache.Now.Circuit);
                line.WriteEndObject();
            }

            line.WriteEndObject();
            line.WriteStartArray("processes"u8);
            foreach (var process in sample.Processes)
            {
                line.WriteStartObject();
                line.WriteString("id"u8, process.Id);
                line.WriteBoolean("this"u8, process.This);
                line.WriteString("state"u8, process.State);
                line.WriteString("role"u8, process.Role);
                line.WriteString("version"u8, process.Version);
                line.WriteNumber("partitions"u8, process.Caches.Values.Sum(static cache => cache.Partitions.Count));
                line.WriteNumber("silentMs"u8, process.SilentMs);
                line.WriteEndObject();
            }

            line.WriteEndArray();
        });

    private sealed class Run(RemansoClient client, Uri address, TimeSpan every, TimeProvider time)
    {
        private static readonly TimeSpan _aMoment = TimeSpan.FromSeconds(1);

        /// <summary>Hands out samples until the taker has enough. A server that can't answer for a while is when one looks: what
        /// went wrong is told, and it is asked again.</summary>
        public async Task ShowAsync(Func<TopSample, bool> take, Action<string>? missed, CancellationToken cancellationToken)
        {
            HashSet<string> flushedByOthers = [];
            var (before, then) = (await client.GetStatisticsAsync(cancellationToken), time.GetTimestamp());
            while (true)
            {
                await Task.Delay(every, time, cancellationToken);
                TopSample sample;
                try
                {
                    var readiness = await client.GetReadinessAsync(cancellationToken);
                    var (after, now) = (await client.GetStatisticsAsync(cancellationToken), time.GetTimestamp());
                    var passed = time.GetElapsedTime(then, now);
                    // A tier that is away has no list to give, and is not waited for long: the list may be on a part that is well.
                    var isAway = after.Values.Any(static cache => cache.IsTierAway);
                    var processes = await ProcessesAsync(isAway ? _aMoment : Timeout.InfiniteTimeSpan, cancellationToken);
                    flushedByOthers = isAway && processes.Count == 0 ? flushedByOthers : OthersAlone(processes, after.Keys);
                    var rates = CacheRates.Between(before, after, passed, flushedByOthers);
                    sample = new TopSample(address, time.GetUtcNow(), readiness, rates, processes);
                    (before, then) = (after, now);
                }
                catch (Exception exception) when (missed is not null && MayPass(exception))
                {
                    missed(Causes.Of(exception));
                    continue;
                }

                if (!take(sample))
                {
                    return;
                }
            }
        }

        // The process that answers counts what it stores itself: of these caches, nothing.
        private static HashSet<string> OthersAlone(IReadOnlyList<ProcessAnswer> processes, IEnumerable<string> caches) =>
            [
                .. caches.Where(cache =>
                    processes.Any(process => process.Flushes(cache)) && !processes.Any(process => process.This && process.Flushes(cache))
                ),
            ];

        private static bool MayPass(Exception exception) =>
            exception is HttpRequestException or TimeoutException or IOException or RemansoApiException { Status: >= 500 };

        // A server of an earlier version has no list, and one whose tier is away can't have it: all else is told.
        private async Task<IReadOnlyList<ProcessAnswer>> ProcessesAsync(TimeSpan atMost, CancellationToken cancellationToken)
        {
            using var patience = new CancellationTokenSource(atMost, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            try
            {
                return await client.GetProcessesAsync(either.Token);
            }
            catch (Exception exception)
                when (exception is RemansoApiException
                    || (
                        exception is OperationCanceledException
                        && patience.IsCancellationRequested
                        && !cancellationToken.IsCancellationRequested
                    )
                )
            {
                return [];
            }
        }
    }
}
