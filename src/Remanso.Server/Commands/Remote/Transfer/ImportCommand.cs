using System.CommandLine;
using Remanso.Client;

namespace Remanso.Server.Commands.Remote.Transfer;

// Lines are written a few at a time, those of one key in their order. Whatever ends a run, it says up to which line
// everything is written: all before it, and perhaps some behind it, which are then written twice, with the same value.

/// <summary><c>import</c>: writes the entries of a file of lines.</summary>
internal static class ImportCommand
{
    private const int AtOnce = 16;

    public static Command Create(Terminal terminal, CommonOptions common)
    {
        var file = new Argument<string>("FILE") { Description = "The file, an entry a line as export writes them; - for the input" };
        var first = new Option<long>("--from-line")
        {
            Description = "Where to begin, as a broken run says",
            HelpName = "N",
            DefaultValueFactory = static _ => 1,
        };
        var goesOn = new Option<bool>("--continue")
        {
            Description = "Goes past lines that can't be read or are refused; each is named, and the end is 3",
        };
        var check = new Option<bool>("--check") { Description = "Reads all lines and names the bad ones; nothing is sent" };
        var switches = new WriteSwitches();
        var command = new Command("import", "Writes the entries of a file of JSON lines; a bad line ends it, and is named")
        {
            file,
            first,
            goesOn,
            check,
        };
        switches.AddTo(command, hasValue: true, mayBeAbsent: true);
        command.SetAction(
            (arguments, cancellationToken) =>
                common.RunAsync(
                    arguments,
                    async cache =>
                    {
                        if (arguments.GetValue(first) < 1)
                        {
                            throw new UsageException("--from-line must be 1 or more");
                        }

                        // Wrong ones are told before anything is read, and by a check as well.
                        _ = switches.Read(arguments, mayBeThere: true);
                        using var lines = LineReader.Open("FILE", arguments.GetRequiredValue(file), terminal);
                        var run = new Run(
                            cache,
                            () => switches.Read(arguments, mayBeThere: true),
                            terminal,
                            arguments.GetValue(goesOn),
                            arguments.GetValue(check)
                        );
                        var json = common.WantsJson(arguments);
                        try
                        {
                            return await ProgressReport.RunAsync(terminal, "lines", json, TimeProvider.System, told =>
                                run.WriteAllAsync(lines, arguments.GetValue(first), told, cancellationToken)
                            );
                        }
                        finally
                        {
                            terminal.Output.WriteLine(run.Sum(json));
                        }
                    },
                    maxRetries: 10
                )
        );
        return command;
    }

    private sealed class Run(CacheClient cache, Func<EntryWriteOptions> options, Terminal terminal, bool goesOn, bool isCheck)
    {
        private static readonly Task<bool> _isGood = Task.FromResult(true);

        private readonly Queue<(long Line, string Key, Task<bool> Write)> _underWay = new();
        private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
        private long _written;
        private long _leftOut;
        private long _bad;
        private long _done;
        private bool _isWhole;

        public string Sum(bool json)
        {
            var (name, next) = (isCheck ? "good" : "written", _done + 1);
            if (!json)
            {
                return $"{_written} {name}, {_bad} bad{(_leftOut > 0 ? $", {_leftOut} were there" : null)}."
                    + (_isWhole ? null : $" Lines before {next} are done: --from-line {next} goes on.");
            }

            return JsonLine.Of(line =>
            {
                line.WriteNumber(name, _written);
                line.WriteNumber("bad"u8, _bad);
                line.WriteNumber("leftOut"u8, _leftOut);
                line.WriteBoolean("complete"u8, _isWhole);
                line.WriteNumber("nextLine"u8, next);
            });
        }

        public async Task<int> WriteAllAsync(LineReader lines, long first, Action<long, double> told, CancellationToken cancellationToken)
        {
            _done = first - 1;
            try
            {
                while (await lines.ReadAsync(cancellationToken))
                {
                    if (lines.Number >= first && !await TakeAsync(lines, cancellationToken))
                    {
                        return ExitCode.Refused;
                    }

                    told(_written, lines.Part);
                }

                while (_underWay.Count > 0)
                {
                    if (!await EndOldestAsync())
                    {
                        return ExitCode.Refused;
                    }
                }

                _isWhole = true;
                return _bad == 0 ? ExitCode.Done : ExitCode.Refused;
            }
            finally
            {
                await Task.WhenAll(_underWay.Select(static Task (write) => write.Write))
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

                // What was written meanwhile is done, too.
                while (_underWay.TryPeek(out var oldest) && oldest.Write.IsCompletedSuccessfully)
                {
                    await EndOldestAsync();
                }
            }
        }

        private async Task<bool> TakeAsync(LineReader lines, CancellationToken cancellationToken)
        {
            var number = lines.Number;
            EntryLine entry;
            try
            {
                if (string.IsNullOrWhiteSpace(lines.Text))
                {
                    return await EnqueueAsync(number, string.Empty, _isGood);
                }

                entry = EntryLine.Parse(lines.Text);
            }
            catch (FormatException exception)
            {
                // What came before is written first: then all that is done lies before this line.
                while (_underWay.Count > 0)
                {
                    if (!await EndOldestAsync())
                    {
                        return false;
                    }
                }

                return NoteBad(number, exception.Message);
            }

            while (_keys.Contains(entry.Key))
            {
                if (!await EndOldestAsync())
                {
                    return false;
                }
            }

            _keys.Add(entry.Key);
            return await EnqueueAsync(number, entry.Key, isCheck ? _isGood : WriteAsync(entry, cancellationToken));
        }

        // Whether it was written; with --if-absent it may have been there.
        private async Task<bool> WriteAsync(EntryLine entry, CancellationToken cancellationToken)
        {
            var wanted = options();
            try
            {
                await cache.SetAsync(
                    entry.Key,
                    entry.Value,
                    wanted with
                    {
                        ContentType = wanted.ContentType ?? entry.ContentType,
                        Tags = wanted.Tags.Count > 0 ? wanted.Tags : entry.Tags,
                    },
                    cancellationToken
                );
                return true;
            }
            catch (RemansoApiException there) when (wanted.IfAbsent && there.Status == StatusCodes.Status412PreconditionFailed)
            {
                return false;
            }
        }

        private async ValueTask<bool> EnqueueAsync(long number, string key, Task<bool> write)
        {
            _underWay.Enqueue((number, key, write));
            return _underWay.Count < AtOnce || await EndOldestAsync();
        }

        private async Task<bool> EndOldestAsync()
        {
            var (number, key, write) = _underWay.Peek();
            try
            {
                var isWritten = await write;
                if (key.Length > 0)
                {
                    _ = isWritten ? _written++ : _leftOut++;
                }

                _done = number;
            }
            catch (Exception exception) when (CallErrors.IsOfAWrite(exception))
            {
                if (!NoteBad(number, exception.Message))
                {
                    return false;
                }
            }

            _underWay.Dequeue();
            _keys.Remove(key);
            return true;
        }

        // Whether it goes on.
        private bool NoteBad(long number, string why)
        {
            _bad++;
            terminal.Errors.WriteLine($"line {number}: {Terminal.OneLine(why)}");
            if (!goesOn && !isCheck)
            {
                return false;
            }

            _done = number;
            return true;
        }
    }
}
