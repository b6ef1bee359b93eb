using System.Globalization;
using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.Hosting;

// Readiness, statistics and logs go by the caches that a process declares, and what is dirty outlives that: a cache that
// was taken out of the settings of all processes would keep its entries in a shared tier for ever, and nobody would
// tell. So would one that processes without a flusher have before a worker knows it. Hence this look at all caches that
// the tier knows of.
//
// What else is about to start is not known here: while workers are restarted one after another, a cache is without one
// for a while. So it is told only after a minute, in which no worker was seen by this process; or, by the first look, in
// which no process used the cache at all, which the tier remembers. (Later on that says nothing: after an outage nobody
// has used anything.)
//
// Best effort: a look that fails leaves what the last one found, for a tier that is away is told elsewhere; so does one of a
// single cache, whose server is. What was not looked at for two looks was not seen without a worker.

/// <summary>Looks for caches with entries that no process flushes, and tells of them.</summary>
/// <param name="tiers">The tier.</param>
/// <param name="declared">The caches that this process declares, and whether it flushes them.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where it is told.</param>
internal sealed class UnflushedWatch(ITierProvider tiers, IReadOnlyDictionary<string, bool> declared, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(20);

    /// <summary>For how long a cache may be without a worker.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan _startPatience = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private Dictionary<string, long> _since = new(StringComparer.Ordinal);
    private long? _lookedAt;
    private volatile IReadOnlyList<KnownCache> _told = [];
    private Task _running = Task.CompletedTask;

    /// <summary>What is to be told now, a line for each cache.</summary>
    public IReadOnlyList<string> Warnings => [.. _told.Select(cache => $"cache {cache.Cache}: {Describe(cache)}")];

    /// <summary>The entries that wait for a process that flushes them, by cache.</summary>
    public IEnumerable<(string Cache, long Entries)> Waiting => _told.Select(static cache => (cache.Cache, cache.Dirty.Entries));

    /// <summary>Begins to look.</summary>
    /// <param name="waits">Whether to wait a moment for the first look: the tier is known to answer.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task StartAsync(bool waits, CancellationToken cancellationToken)
    {
        var first = LookAsync();
        _running = RunAsync(first);
        if (waits)
        {
            await first.WaitAsync(_startPatience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Ends it.</summary>
    public async Task StopAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }

        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(Task first)
    {
        await first.ConfigureAwait(false);
        while (true)
        {
            await Task.Delay(Every, time, _stop.Token).ConfigureAwait(false);
            await LookAsync().ConfigureAwait(false);
        }
    }

    private async Task LookAsync()
    {
        try
        {
            Judge(await tiers.ListCachesAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (Exception)
        {
            // The next look tries again.
        }
    }

    private void Judge(IReadOnlyList<KnownCache> known)
    {
        var now = time.GetTimestamp();
        var isFirst = _lookedAt is null;
        var isLate = _lookedAt is { } before && time.GetElapsedTime(before, now) > 2 * Every;
        var last = _told.ToDictionary(static cache => cache.Cache, StringComparer.Ordinal);
        var since = new Dictionary<string, long>(StringComparer.Ordinal);
        var told = new List<KnownCache>();
        foreach (var look in known)
        {
            var cache = look.IsUnknown ? last.GetValueOrDefault(look.Cache) : look;
            if (!isLate && _since.TryGetValue(look.Cache, out var seen) && (look.IsUnknown || Waits(look)))
            {
                since[look.Cache] = seen;
            }
            else if (!look.IsUnknown && Waits(look))
            {
                since[look.Cache] = now;
            }

            if (
                cache is not null
                && Waits(cache)
                && (
                    last.ContainsKey(cache.Cache)
                    || (isFirst && cache.Unused >= Patience)
                    || time.GetElapsedTime(since[cache.Cache], now) >= Patience
                )
            )
            {
                told.Add(cache);
            }
        }

        (_lookedAt, _since, _told) = (now, since, told);
        foreach (var cache in told.Where(cache => !last.ContainsKey(cache.Cache)))
        {
            Log(cache);
        }
    }

    // A process that flushes a cache tells itself what keeps it from that.
    private bool Waits(KnownCache cache) =>
        cache.Workers == 0 && (declared.TryGetValue(cache.Cache, out var flushes) ? !flushes && cache.Dirty.Entries > 0 : IsLeft(cache));

    private static bool IsLeft(KnownCache cache) => cache.Dirty.Entries > 0 || cache.Dirty.DeadLetters > 0;

    private void Log(KnownCache cache)
    {
        if (declared.ContainsKey(cache.Cache))
        {
            logger.CacheUnflushed(cache.Cache, cache.Dirty.Entries);
        }
        else
        {
            logger.CacheLeft(cache.Cache, cache.Dirty.Entries, cache.Dirty.DeadLetters);
        }
    }

    private string Describe(KnownCache cache) =>
        declared.ContainsKey(cache.Cache)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{cache.Dirty.Entries} dirty entries wait in the tier, and no process flushes it"
            )
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{cache.Dirty.Entries} dirty entries and {cache.Dirty.DeadLetters} dead letters wait in the tier; it is not declared "
                    + $"here, and no process flushes it"
            );
}
