using System.Globalization;
using Remanso.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Remanso.Server.Commands.Remote.Top;

/// <summary>The part of the screen of <c>top</c> that shows the processes: as many as have room, the dead ones before
/// all others, for they are the news.</summary>
internal static class TopProcesses
{
    private const int LinesAround = 2;
    private const int LongestRole = 12;
    private const int LongestVersion = 16;

    /// <summary>Draws it.</summary>
    /// <param name="processes">The processes; nothing is drawn where none is known.</param>
    /// <param name="height">How many lines there are.</param>
    /// <param name="isWhole">Whether nothing is cut.</param>
    /// <returns>The parts, and how many lines it takes.</returns>
    public static (IRenderable[] Parts, int Lines) Draw(IReadOnlyList<ProcessAnswer> processes, int height, bool isWhole)
    {
        if (processes.Count == 0)
        {
            return ([], 0);
        }

        var rows = Math.Max(1, height - LinesAround);
        var sorted = processes.OrderBy(static process => process.State == "alive").ToArray();
        var shown = sorted.Length > rows ? sorted[..Math.Max(1, rows - 1)] : sorted;
        var table = new Table { Border = TableBorder.None, Expand = false };
        foreach (var name in (string[])["PROCESS", "STATE", "ROLE", "VERSION"])
        {
            table.AddColumn(TopScreen.Column(name, isNumber: false));
        }

        table.AddColumn(TopScreen.Column("PARTITIONS", isNumber: true));
        table.AddColumn(TopScreen.Column("HEARD OF", isNumber: true));
        foreach (var process in shown)
        {
            table.AddRow(CellsOf(process, isWhole));
        }

        if (shown.Length < sorted.Length)
        {
            table.AddRow(new Text($"and {sorted.Length - shown.Length} more", new Style(decoration: Decoration.Dim)));
        }

        var lines = LinesAround + shown.Length + (shown.Length < sorted.Length ? 1 : 0);
        return ([new Text(string.Empty), table], lines);
    }

    private static IRenderable[] CellsOf(ProcessAnswer process, bool isWhole)
    {
        var isAlive = process.State == "alive";
        var (held, all) = (
            process.Caches.Values.Sum(static cache => cache.Partitions.Count),
            process.Caches.Values.Sum(static cache => cache.Of)
        );
        string Cut(string text, int most) => isWhole ? text : TopScreen.Cut(text, most);
        return
        [
            new Text(Cut(process.This ? $"{process.Id} *" : process.Id, 14)),
            new Text(isAlive ? "alive" : "DEAD", isAlive ? Style.Plain : new Style(Color.Red, decoration: Decoration.Bold)),
            new Text(Cut(process.Role.Length > 0 ? process.Role : "-", LongestRole)),
            new Text(Cut(process.Version, LongestVersion)),
            new Text(
                process.Caches.Values.Any(static cache => cache.Flushes)
                    ? string.Create(CultureInfo.InvariantCulture, $"{held} of {all}")
                    : "-"
            ),
            new Text($"{TopScreen.Age(Math.Max(1, process.SilentMs))} ago"),
        ];
    }
}
