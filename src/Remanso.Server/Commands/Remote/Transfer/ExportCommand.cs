using System.CommandLine;
using System.Text;
using Remanso.Client;

namespace Remanso.Server.Commands.Remote.Transfer;

// The server lists no keys: a cache is asked for keys, and only the database knows all of them. So the keys come from
// outside, and each is read by a call of its own, for batches tell neither media types nor tags. A few calls are under
// way at a time; their answers are written in the order of the keys, so what a broken run has written is what came
// first, and the next goes on behind it.

/// <summary><c>export</c>: a line of JSON for each of the keys that has a value.</summary>
internal static class ExportCommand
{
    private const int AtOnce = 16;

    public static Command Create(Terminal terminal, CommonOptions common)
    {
        var keys = new Option<string>("--keys")
        {
            Description = "A file of keys, one a line; - for the input",
            HelpName = "PATH",
            Required = true,
        };
        var file = new Option<string?>("--file") { Description = "Where the lines go; the output unless set", HelpName = "PATH" };
        var resume = new Option<bool>("--resume")
        {
            Description = "Goes on with --file: keys that it has are left out, and half a line at its end is cut off",
        };
        var source = new Option<string?>("--source")
        {
            Description = "Reads the cache alone (cache), or the database alone (db)",
            HelpName = "cache|db",
        };
        source.TakesOneOf("cache", "db");
        var command = new Command(
            "export",
            "Writes entries as lines of JSON, which import reads; the keys come from a file or the input, for the server lists none"
        )
        {
            keys,
            file,
            resume,
            source,
        };
        command.SetAction(
            (arguments, cancellationToken) =>
                common.RunAsync(
                    arguments,
                    async cache =>
                    {
                        var path = arguments.GetValue(file);
                        if (arguments.GetValue(resume) && path is null)
                        {
                            throw new UsageException("--resume needs --file, which it goes on with");
                        }

                        var from = arguments.GetValue(source) switch
                        {
                            "cache" => EntrySource.Cache,
                            "db" => EntrySource.Store,
                            _ => EntrySource.CacheThenStore,
                        };
                        using var names = LineReader.Open("--keys", arguments.GetRequiredValue(keys), terminal);
                        var there = arguments.GetValue(resume) ? await ExportFile.RecoverAsync(path!, cancellationToken) : [];
                        await using var output = path is null ? null : ExportFile.Open(path, arguments.GetValue(resume));
                        // Whoever imports it would make a new version of an old value.
                        TimeSpan? stale = from == EntrySource.CacheThenStore ? TimeSpan.Zero : null;
                        var options = new EntryReadOptions { Source = from, StaleIfError = stale };
                        var run = new Run(cache, options, terminal, output ?? terminal.Output, there);
                        try
                        {
                            return await ProgressReport.RunAsync(
                                terminal,
                                "keys",
                                common.WantsJson(arguments) || (path is null && terminal.Screen is not null),
                                TimeProvider.System,
                                told => run.ReadAllAsync(names, told, cancellationToken)
                            );
                        }
                        finally
                        {
                            terminal.Errors.WriteLine(run.Sum(common.WantsJson(arguments), isFile: path is not null));
                        }
                    },
                    maxRetries: 10
                )
        );
        return command;
    }

    private sealed class Run(CacheClient cache, EntryReadOptions options, Terminal terminal, TextWriter output, HashSet<string> there)
    {
        private readonly Queue<(string Key, Task<EntryAnswer> Answer)> _underWay = new();
        private long _written;
        private long _absent;
        private long _failed;
        private long _leftOut;
        private bool _isWhole;

        public string Sum(bool json, bool isFile)
        {
            if (!json)
            {
                var leftOut = _leftOut > 0 ? $", {_leftOut} were there" : null;
                var at = _underWay.TryPeek(out var oldest) ? $" at {Terminal.OneLine(oldest.Key)}" : null;
                var how = (_isWhole, isFile) switch
                {
                    (true, _) => null,
                    (_, true) => $" It broke off{at}: --resume goes on.",
                    _ => $" It broke off{at}.",
                };
                return $"{_written} written, {_absent} without a value, {_failed} failed{leftOut}.{how}";
            }

            return JsonLine.Of(line =>
            {
                line.WriteNumber("written"u8, _written);
                line.WriteNumber("absent"u8, _absent);
                line.WriteNumber("failed"u8, _failed);
                line.WriteNumber("leftOut"u8, _leftOut);
                line.WriteBoolean("complete"u8, _isWhole);
                if (_underWay.TryPeek(out var next))
                {
                    line.WriteString("nextKey"u8, next.Key);
                }
            });
        }

        public async Task<int> ReadAllAsync(LineReader names, Action<long, double> told, CancellationToken cancellationToken)
        {
            try
            {
                while (await names.ReadAsync(cancellationToken))
                {
                    if (!TryTake(names, out var key))
                    {
                        continue;
                    }

                    if (key.Length == 0)
                    {
                        continue;
                    }

                    if (there.Contains(key))
                    {
                        _leftOut++;
                        continue;
                    }

                    _underWay.Enqueue((key, cache.GetAsync(key, options, cancellationToken)));
                    if (_underWay.Count >= AtOnce)
                    {
                        await WriteOldestAsync();
                    }

                    told(_written + _absent + _failed, names.Part);
                }

                while (_underWay.Count > 0)
                {
                    await WriteOldestAsync();
                }

                _isWhole = true;
            }
            finally
            {
                await output.FlushAsync(CancellationToken.None);
                await Task.WhenAll(_underWay.Select(static read => (Task)read.Answer))
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return _failed == 0 ? ExitCode.Done : ExitCode.Refused;
        }

        private bool TryTake(LineReader names, out string key)
        {
            try
            {
                key = names.Text;
                return true;
            }
            catch (FormatException exception)
            {
                _failed++;
                terminal.Errors.WriteLine($"line {names.Number}: {exception.Message}");
                key = string.Empty;
                return false;
            }
        }

        private bool IsOld(EntryAnswer answer) =>
            answer.IsStale
            && (
                options.Source == EntrySource.CacheThenStore || answer.CacheStatus?.Contains("tier-down", StringComparison.Ordinal) is true
            );

        private async Task WriteOldestAsync()
        {
            var (key, reading) = _underWay.Peek();
            try
            {
                var answer = await reading;
                if (IsOld(answer))
                {
                    // A tier that is down, or a database that is slow.
                    _failed++;
                    terminal.Errors.WriteLine($"{key}: there is only a copy that may be out of date ({answer.CacheStatus})");
                }
                else if (answer.Found)
                {
                    await output.WriteAsync(new StringBuilder(EntryLine.Of(key, answer)).Append('\n'));
                    _written++;
                }
                else
                {
                    _absent++;
                }
            }
            catch (Exception exception) when (CallErrors.IsOfARead(exception) || CallErrors.MayBeOfARead(exception))
            {
                if (!CallErrors.IsOfARead(exception) && await IsOfTheServerAsync())
                {
                    throw;
                }

                _failed++;
                terminal.Errors.WriteLine($"{key}: {Terminal.OneLine(exception.Message)}");
            }

            _underWay.Dequeue();
        }

        /// <summary>Whether the oldest failed as all others that are under way did. At the end these may be few.</summary>
        private async ValueTask<bool> IsOfTheServerAsync()
        {
            foreach (var (_, other) in _underWay.Skip(1))
            {
                await ((Task)other).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (other.IsCompletedSuccessfully || (other.Exception?.InnerException is { } error && CallErrors.IsOfARead(error)))
                {
                    return false;
                }
            }

            return _underWay.Count == AtOnce || _written + _absent == 0;
        }
    }
}
