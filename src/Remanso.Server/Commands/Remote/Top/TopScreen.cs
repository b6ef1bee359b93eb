using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Remanso.Server.Commands.Remote.Top;

/// <summary>The screen of <c>top</c>: what is wrong, the sums, and as many caches as have room. 80 columns suffice.</summary>
internal static class TopScreen
{
    private const int LinesAroundCaches = 8;
    private const int LongestName = 15;
    private const int LongestLine = 78;

    /// <summary>Draws it.</summary>
    /// <param name="sample">What was found.</param>
    /// <param name="height">How many lines there are.</param>
    /// <param name="isWhole">Whether a line may be as long as it is: nothing is cut then.</param>
    public static IRenderable Draw(TopSample sample, int height, bool isWhole = false)
    {
        var (address, at, readiness, caches, processes) = sample;
        var known = TopProcesses.Draw(processes, (height - LinesAroundCaches) / 2, isWhole);
        var (longestLine, longestName) = isWhole ? (int.MaxValue, int.MaxValue) : (LongestLine, LongestName);
        var rows = Math.Max(1, height - LinesAroundCaches - known.Lines);
        var shown = caches.Count > rows ? caches.Take(rows - 1).ToArray() : [.. caches];
        var table = new Table { Border = TableBorder.None, Expand = false };
        table.AddColumn(Column("CACHE", isNumber: false));
        foreach (var name in (string[])["READS/s", "HITS", "QUERIES/s", "WRITES/s", "STORED/s", "DIRTY", "LAG", "DEAD"])
        {
            table.AddColumn(Column(name, isNumber: true));
        }

        foreach (var rates in shown)
        {
            table.AddRow(CellsOf(rates, longestName));
        }

        if (shown.Length < caches.Count)
        {
            table.AddRow(new Text($"and {caches.Count - shown.Length} colder", new Style(decoration: Decoration.Dim)));
        }

        return new Rows([
            Line(
                $"{address.Host}:{address.Port}  {Clock(at)} UTC  ",
                readiness.IsReady ? "ready" : "NOT READY",
                readiness.IsReady ? Color.Green : Color.Red
            ),
            readiness.IsReady
                ? new Text(Cut(string.Join("; ", readiness.Warnings), longestLine), new Style(Color.Yellow))
                : new Text(Cut(string.Join("; ", readiness.Problems), longestLine), new Style(Color.Red)),
            new Text(Sum(caches)),
            new Text(string.Empty),
            table,
            .. known.Parts,
            new Text(string.Empty),
            new Text(Foot(caches), new Style(decoration: Decoration.Dim)),
        ]);
    }

    /// <summary>A number in at most six characters.</summary>
    public static string Short(double number) =>
        number switch
        {
            >= 999_500_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e9:0.0}G"),
            >= 999_500 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e6:0.0}M"),
            >= 99_950 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e3:0}k"),
            >= 10 => string.Create(CultureInfo.InvariantCulture, $"{number:0}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{number:0.#}"),
        };

    /// <summary>An age in at most five characters.</summary>
    public static string Age(long milliseconds) =>
        milliseconds switch
        {
            0 => "-",
            < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.0}s"),
            < 600_000 => $"{milliseconds / 1000}s",
            < 36_000_000 => $"{milliseconds / 60_000}m",
            _ => $"{milliseconds / 3_600_000}h",
        };

    private static string Foot(IReadOnlyList<CacheRates> caches)
    {
        var what =
            !caches.Any(static cache => cache.Now.IsTierAway) ? "dirty and lag of the cache"
            : caches.Min(static cache => cache.Now.DirtyAsOf) is { } at ? $"dirty and lag as of {Clock(at)} UTC"
            : "dirty and lag are not known";
        return $"Rates of the process that answers; {what}. Ctrl+C ends.";
    }

    private static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Sum(IReadOnlyList<CacheRates> caches)
    {
        var (reads, queries, writes, stored) = (
            caches.Sum(static cache => cache.Reads),
            caches.Sum(static cache => cache.Queries),
            caches.Sum(static cache => cache.Writes),
            caches.Sum(static cache => cache.Stored ?? 0)
        );
        var refused = caches.Sum(static cache => cache.Refused);
        var vanished = caches.Sum(static cache => cache.Now.Vanished);
        var rows = caches.Any(static cache => cache.Stored is null) ? ", whose rows the workers count" : $" became {Short(stored)} rows/s";
        return $"{Short(reads)} reads/s became {Short(queries)} queries/s; {Short(writes)} writes/s{rows}"
            + $"{(refused > 0 ? $"; {Short(refused)}/s REFUSED" : null)}{(vanished > 0 ? $"; {Short(vanished)} LOST" : null)}";
    }

    /// <summary>A column of one of its tables.</summary>
    public static TableColumn Column(string name, bool isNumber) =>
        new(new Text(name, new Style(decoration: Decoration.Bold)))
        {
            Alignment = isNumber ? Justify.Right : Justify.Left,
            NoWrap = true,
            Padding = new Padding(0, 0, right: 1, 0),
        };

    private static IRenderable[] CellsOf(CacheRates rates, int longestName)
    {
        var dirty = rates.Now.Dirty;
        var isKnown = rates.Now.IsDirtyKnown;
        return
        [
            new Text(Cut(rates.Cache, longestName)),
            new Text(Short(rates.Reads)),
            new Text(double.IsNaN(rates.HitRatio) ? "-" : string.Create(CultureInfo.InvariantCulture, $"{rates.HitRatio * 100:0.0}%")),
            new Text(Short(rates.Queries)),
            new Text(Short(rates.Writes)),
            new Text(rates.Stored is { } rows ? Short(rows) : "-"),
            new Text(isKnown ? Short(dirty.Entries) : "?"),
            new Text(isKnown ? Age(dirty.OldestAgeMs) : "?", dirty.OldestAgeMs > 10_000 ? new Style(Color.Yellow) : Style.Plain),
            new Text(isKnown ? Short(dirty.DeadLetters) : "?", dirty.DeadLetters > 0 ? new Style(Color.Red) : Style.Plain),
        ];
    }

    private static Paragraph Line(string text, string state, Color color) =>
        new Paragraph(text).Append(state, new Style(color, decoration: Decoration.Bold));

    /// <summary>A text of so many characters at most.</summary>
    public static string Cut(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");
}
