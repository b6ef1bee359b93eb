using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Remanso.OpenTelemetry.Tests;

/// <summary>The names under which Prometheus sees what the meters of a real process publish, its runtime's among them.</summary>
internal static class ExportedNames
{
    /// <summary>All series, those of histograms with their suffixes.</summary>
    public static async Task<IReadOnlySet<string>> OfARunningProcessAsync(string folder, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name is "Remanso" or "System.Runtime")
            {
                // Other tests publish theirs at the same time.
                lock (names)
                {
                    names.UnionWith(SeriesOf(instrument));
                }
            }
        };
        listener.Start();

        var builder = Host.CreateApplicationBuilder();
        builder
            .Services.AddRemanso()
            .UseSqlite(Path.Combine(folder, "store.db"))
            .UseSqliteJournal(Path.Combine(folder, "journal.db"))
            .AddCache<int, string>("names");
        var host = builder.Build();
        await host.StartAsync(cancellationToken);
        await host.StopAsync(cancellationToken);
        await ((IAsyncDisposable)host).DisposeAsync();
        lock (names)
        {
            return names.ToHashSet(StringComparer.Ordinal);
        }
    }

    // The rules of the OpenTelemetry exporter: dots become underscores, the unit and "total" are suffixes.
    private static IEnumerable<string> SeriesOf(Instrument instrument)
    {
        var name =
            instrument.Name.Replace('.', '_')
            + (
                instrument.Unit switch
                {
                    "s" => "_seconds",
                    "By" when !instrument.Name.EndsWith("bytes", StringComparison.Ordinal) => "_bytes",
                    _ => string.Empty,
                }
            );
        var kind = instrument.GetType().Name;
        return kind.Contains("Histogram", StringComparison.Ordinal) ? [name + "_bucket", name + "_sum", name + "_count"]
            : kind.Contains("UpDownCounter", StringComparison.Ordinal) ? [name]
            : kind.Contains("Counter", StringComparison.Ordinal) ? [name + "_total"]
            : [name];
    }
}
