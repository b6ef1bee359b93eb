using System.CommandLine;
using System.Text;
using System.Text.Json;
using Remanso.Client;

namespace Remanso.Server.Commands.Remote;

/// <summary><c>watch</c>: a line for each change, until Ctrl+C.</summary>
internal static class WatchCommand
{
    public static Command Create(Terminal terminal, CommonOptions common)
    {
        var keys = new Argument<string[]>("KEY")
        {
            Description = "The keys; without them and --prefix the changes of all keys are told",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var prefix = new Option<string?>("--prefix") { Description = "Only keys that begin so", HelpName = "TEXT" };
        var values = new Option<bool>("--values") { Description = "Tells the values, too" };
        var count = new Option<int?>("--count") { Description = "Ends after so many events", HelpName = "N" };
        count.Validators.Add(static result =>
        {
            if (result.TryGet<int?>(out var events) && events < 1)
            {
                result.AddError("--count must be at least 1.");
            }
        });
        var command = new Command("watch", "Tells changes as they happen, a line each, until Ctrl+C. After a gap, read what you hold again")
        {
            keys,
            prefix,
            values,
            count,
        };
        command.SetAction((arguments, cancellationToken) => common.RunAsync(arguments, async cache =>
                {
                    var query = new WatchQuery
                    {
                        Keys = arguments.GetValue(keys) ?? [],
                        Prefix = arguments.GetValue(prefix),
                        WithValues = arguments.GetValue(values),
                    };
                    if (query is { Keys.Count: > 0, Prefix: not null })
                    {
                        throw new UsageException($"KEYs and {prefix.Name} can't both be given");
                    }

                    var left = arguments.GetValue(count);
                    try
                    {
                        await foreach (var change in cache.WatchAsync(query, cancellationToken))
                        {
                            terminal.Output.WriteLine(common.WantsJson(arguments) ? Line(change) : Text(change));
                            await terminal.Output.FlushAsync(cancellationToken);
                            if (--left == 0)
                            {
                                break;
                            }
                        }
                    }
                    catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && left is null)
                    {
                        // Ctrl+C is how a watch ends, unless it has a number of events to tell.
                    }

                    return ExitCode.Done;
                }));
        return command;
    }

    private static string Text(WatchEvent change)
    {
        var text = new StringBuilder(NameOf(change.Kind).PadRight(15)).Append("  ").Append(change.Gap ?? change.Key ?? change.Tag);
        if (change.Version > 0)
        {
            text.Append("  ").Append(change.Version);
        }

        if (change.ValueKind != SentValueKind.None)
        {
            text.Append("  ")
                .Append(
                    change.ValueKind == SentValueKind.Bytes
                        ? $"{change.Value.Length} bytes"
                        : Terminal.OneLine(Encoding.UTF8.GetString(change.Value.Span))
                );
        }

        return text.Append(change.Error is null ? null : "  " + Terminal.OneLine(change.Error)).ToString().TrimEnd();
    }

    private static string Line(WatchEvent change) =>
        JsonLine.Of(line =>
        {
            line.WriteString("event"u8, NameOf(change.Kind));
            Write(line, "gap", change.Gap);
            Write(line, "key", change.Key);
            Write(line, "tag", change.Tag);
            if (change.Version > 0)
            {
                line.WriteNumber("version"u8, change.Version);
            }

            if (change.ValueKind != SentValueKind.None)
            {
                line.WriteValue(change.Value.Span);
                line.WriteNumber("valueVersion"u8, change.ValueVersion);
            }

            Write(line, "error", change.Error);
            Write(line, "position", change.Position);
        });

    private static void Write(Utf8JsonWriter line, string name, string? value)
    {
        if (value is not null)
        {
            line.WriteString(name, value);
        }
    }

    private static string NameOf(WatchEventKind kind) =>
        kind switch
        {
            WatchEventKind.TagInvalidated => "tag-invalidated",
            WatchEventKind.AllInvalidated => "all-invalidated",
            _ => kind.ToString().ToLowerInvariant(),
        };
}
