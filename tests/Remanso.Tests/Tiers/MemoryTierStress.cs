using System.Globalization;
using Remanso.Conformance.Tiers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers;

/// <summary>
/// Readers that load, writers, two flushers that crash now and then, and invalidations, all on a few keys in a tier too small for them,
/// in front of a store that keeps the highest version.
/// </summary>
public sealed class MemoryTierStress : IDisposable
{
    private const int Keys = 24;
    private const int Steps = 15_000;

    private readonly CancellationTokenSource _stop = new();
    private readonly SortedDictionary<string, (long Version, string Value)> _store = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (long Version, string Value)> _written = new(StringComparer.Ordinal);
    private readonly MemoryTier _tier = new(
        "test",
        new TierOptions
        {
            MaxBytes = 64 << 10,
            MaxDirtyEntries = 12,
            Partitions = 3,
        },
        TimeProvider.System
    );

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_read_goes_back_and_no_write_is_lost(int seed)
    {
        var flushers = Enumerable.Range(0, 2).Select(i => Task.Run(() => FlushAsync($"flusher {i}", new Random(seed + 100 + i)))).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => UseAsync(i + 1, new Random((seed * 10) + i)))));
        await _stop.CancelAsync();
        await Task.WhenAll(flushers);
        while ((await _tier.DirtyAsync()).Entries > 0)
        {
            await FlushOnceAsync("last", new Random(seed), crashes: false);
        }

        Assert.Equal(_written, _store);
        Assert.Equal(default, await _tier.DirtyAsync());
        Assert.InRange(_tier.Bytes, 0, 64 << 10);
        for (var i = 0; i < Keys; i++)
        {
            var read = await _tier.ReadAsync($"key:{i}");
            if (read.Entry is { Version: > 0 } entry)
            {
                Assert.Equal(_store[$"key:{i}"].Version, entry.Version);
            }
        }
    }

    public void Dispose() => _stop.Dispose();

    // One user: what it has once seen or written of a key, it never sees an older version of.
    private async Task UseAsync(long holder, Random random)
    {
        var seen = new Dictionary<string, long>();
        for (var i = 0; i < Steps; i++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"key:{random.Next(Keys)}");
            switch (random.Next(20))
            {
                case < 5:
                    var value = string.Create(CultureInfo.InvariantCulture, $"{holder}/{i}").PadRight(random.Next(5000));
                    var write = await _tier.TryWriteAsync(new TierWrite { Key = key, Value = TierSteps.Bytes(value) });
                    if (write.Outcome != TierWriteOutcome.Accepted)
                    {
                        break;
                    }

                    Saw(seen, key, write.Version);
                    Keep(_written, key, write.Version, value);
                    break;
                case 5:
                    await _tier.InvalidateAsync(key);
                    break;
                case 6 when random.Next(20) == 0:
                    await _tier.InvalidateAllAsync(CancellationToken.None);
                    break;
                default:
                    var read = await _tier.ReadAsync(key, holder, CancellationToken.None);
                    if (read.Entry is { } entry)
                    {
                        Saw(seen, key, entry.Version);
                    }

                    var lease =
                        read.Lease != 0 ? read.Lease
                        : random.Next(4) == 0 ? await _tier.TryLeaseAsync(key, holder, default)
                        : 0;
                    if (lease != 0 && await LoadAsync(key, lease) is { } filled)
                    {
                        Saw(seen, key, filled);
                    }

                    break;
            }
        }
    }

    private async Task<long?> LoadAsync(string key, long lease)
    {
        bool found;
        (long Version, string Value) row;
        lock (_store)
        {
            found = _store.TryGetValue(key, out row);
        }

        await Task.Yield();
        var fill = await _tier.FillAsync(
            new FillRequest
            {
                Key = key,
                Lease = lease,
                Value = found ? TierSteps.Bytes(row.Value) : default,
                Version = row.Version,
                Tombstone = !found,
                Ttl = TimeSpan.FromHours(1),
            }
        );

        // What was not filled may be old: the reader would load again.
        return fill is { Filled: true, Current: { } current } ? current.Version : null;
    }

    private static void Saw(Dictionary<string, long> seen, string key, long version)
    {
        var last = seen.GetValueOrDefault(key);
        Assert.True(version >= last, $"{key} went back from {last} to {version}.");
        seen[key] = version;
    }

    private static void Keep(SortedDictionary<string, (long Version, string Value)> rows, string key, long version, string value)
    {
        lock (rows)
        {
            if (!rows.TryGetValue(key, out var row) || row.Version < version)
            {
                rows[key] = (version, value);
            }
        }
    }

    private async Task FlushAsync(string worker, Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            await FlushOnceAsync(worker, random, crashes: true);
            await Task.Yield();
        }
    }

    private async Task FlushOnceAsync(string worker, Random random, bool crashes)
    {
        var leases = await _tier.AcquireAllAsync(worker, TimeSpan.FromSeconds(crashes ? 1 : 60));
        var taken = await _tier.TakeAsync(leases, 8);
        Assert.Equal(taken.Count, taken.DistinctBy(entry => entry.Key).Count());
        foreach (var entry in taken)
        {
            Keep(_store, entry.Key, entry.Entry.Version, entry.Entry.Text());
        }

        await Task.Yield();
        if (!crashes || random.Next(4) > 0)
        {
            await _tier.SettleAsync([.. taken.Select(entry => entry.Stored())], CancellationToken.None);
        }

        await _tier.ReleasePartitionsAsync(leases, CancellationToken.None);
    }
}
