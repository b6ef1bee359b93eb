using System.Globalization;
using Remanso.Scale.Costs;

namespace Remanso.Scale.Report;

/// <summary>What was measured from ten thousand to ten million keys, as tables and plots.</summary>
internal sealed class CostTables(CostFile file)
{
    private static readonly (string Set, string What, string Where, string Name)[] _memory =
    [
        ("near", "read, hit in the near cache", "process", "read, near hit"),
        ("memory", "read, hit in the tier", "process", "read, tier hit"),
        ("memory", "first write of a key", "process", "first write of a key"),
        ("memory", "write of a dirty key", "process", "write of a dirty key"),
        ("memory", "write of a clean key", "process", "write of a clean key"),
        ("memory", "flushed row, all keys", "process", "flushed row, all at once"),
        ("memory", "flushed row, some keys", "process", "flushed row, 100,000 at most"),
    ];

    private static readonly (string What, string Name)[] _redis =
    [
        ("read, hit in the tier", "read, tier hit"),
        ("first write of a key", "first write of a key"),
        ("write of a dirty key", "write of a dirty key"),
        ("write of a clean key", "write of a clean key"),
        ("flushed row, all keys", "flushed row, all at once"),
        ("flushed row, some keys", "flushed row, 100,000 at most"),
    ];

    private static readonly (string What, string Where, string Name)[] _postgres =
    [
        ("saved row, fresh", "postgres", "fresh row, PostgreSQL"),
        ("saved row, updated", "postgres", "updated row, PostgreSQL"),
        ("saved row, updated", "process", "updated row, its client"),
    ];

    public void WriteTo(PageText page)
    {
        page.Heading("One operation, in µs of processor time");
        page.Paragraph($"Median and range. The last column is the largest size beside 100,000 keys.");
        Write(page, "Memory tier: the process", _memory, "memory");
        Write(page, "Redis: its one core, 64 callers", [.. _redis.Select(static row => ("redis", row.What, "redis", row.Name))], "redis");
        Write(page, "Redis: the process, 64 callers", [.. _redis.Select(static row => ("redis", row.What, "process", row.Name))], "redis");
        Write(
            page,
            "PostgreSQL, batches of 1,000",
            [.. _postgres.Select(static row => ("postgres", row.What, row.Where, row.Name))],
            "postgres"
        );
        page.Heading("Memory of a dirty key, in bytes");
        Write(
            page,
            "Value of 64 bytes",
            [("memory", "dirty key", "memory", "memory tier, with the key's text"), ("redis", "dirty key", "memory", "Redis")],
            "memory",
            "0"
        );
    }

    public Plot MemoryPlot() =>
        Draw(
            "Memory tier: what one operation costs, by the number of keys",
            "Processor time of the process in microseconds. Larger memory misses the processor's caches more often.",
            _memory.Where(static row => row.What is not ("flushed row, some keys" or "first write of a key"))
        );

    public Plot RedisPlot() =>
        Draw(
            "Redis: what one operation costs its core, by the number of keys",
            "Processor time of Redis's main thread in microseconds, with 64 callers. All lines are nearly flat.",
            _redis.Where(static row => row.What != "flushed row, some keys").Select(static row => ("redis", row.What, "redis", row.Name))
        );

    private Plot Draw(string title, string description, IEnumerable<(string Set, string What, string Where, string Name)> rows)
    {
        Line[] lines =
        [
            .. rows.Select(row => new Line(
                row.Name,
                [
                    .. file.SizesOf(row.Set)
                        .Select(size => (Size: size, Figure: file.Find(row.Set, size, row.What, row.Where)))
                        .Where(static item => item.Figure is not null)
                        .Select(static item => ((double)item.Size, item.Figure!.Median)),
                ]
            )),
        ];
        return new Plot(
            title,
            description,
            Axis.Logarithmic("keys in the cache", lines.SelectMany(static line => line.Points).Select(static point => point.X)),
            Axis.Linear("µs of processor time", lines.SelectMany(static line => line.Points).Select(static point => point.Y)),
            lines
        );
    }

    private void Write(
        PageText page,
        string head,
        (string Set, string What, string Where, string Name)[] rows,
        string set,
        string format = "0.00"
    )
    {
        var sizes = file.SizesOf(set);
        page.Table([head, .. sizes.Select(static size => size.ToString("#,0", CultureInfo.InvariantCulture)), "growth"]);
        foreach (var row in rows)
        {
            var figures = sizes.Select(size => file.Find(row.Set, size, row.What, row.Where)).ToArray();
            var usual = file.Find(row.Set, 100_000, row.What, row.Where);
            var growth =
                figures[^1] is { } last && usual is not null
                    ? string.Create(CultureInfo.InvariantCulture, $"× {last.Median / usual.Median:0.00}")
                    : "";
            page.Row([row.Name, .. figures.Select(figure => figure is null ? "" : Text(figure, format)), growth]);
        }
    }

    private static string Text(Figure figure, string format)
    {
        var median = figure.Median.ToString(format, CultureInfo.InvariantCulture);
        var (lowest, highest) = (
            figure.Lowest.ToString(format, CultureInfo.InvariantCulture),
            figure.Highest.ToString(format, CultureInfo.InvariantCulture)
        );
        return figure.Samples.Length == 1 ? median : $"{median} ({lowest} to {highest})";
    }
}
