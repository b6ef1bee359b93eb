using System.Globalization;
using Remanso.Conformance.Support;

namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>Who waits until a write is stored.</summary>
public sealed class WaitingTests(Servers servers)
{
    private static readonly WriteOptions _stored = new() { Durability = Durability.Stored };

    [Theory]
    [EveryCombination]
    public async Task Waiting_for_a_version_ends_when_the_one_that_superseded_it_is_stored(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        var saving = new Gate();
        deployment.Points.BeforeSave = async () =>
        {
            await saving.PassAsync();
            deployment.Points.BeforeSave = static () => Task.CompletedTask;
            throw WatchPoints.Transient("The connection was lost.");
        };
        var fifth = await deployment.Cache.SetAsync("key", "fifth");
        var waiting = deployment.Cache.WaitAsync("key", fifth, Durability.Stored).AsTask();
        await saving.ArrivedAsync();
        var sixth = await deployment.Cache.SetAsync("key", "sixth");
        Assert.False(waiting.IsCompleted);

        saving.Open();

        Assert.Equal(Durability.Stored, (await waiting).Durability);
        Assert.Equal([sixth.Version], deployment.Points.Saved.Select(static saved => saved.Version));
        Assert.Equal(sixth.Version, (await deployment.Database.ReadAsync("key"))!.Version);
    }

    [Theory]
    [EveryCombination]
    public async Task Every_stored_write_of_64_writers_is_in_the_database_when_its_call_returns(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);

        await Task.WhenAll(
            Enumerable
                .Range(0, 64)
                .Select(writer =>
                    Task.Run(async () =>
                    {
                        for (var i = 0; i < 3; i++)
                        {
                            // A key of its own, and one that others write as well.
                            foreach (var key in new[] { $"own {writer}", $"shared {writer % 4}" })
                            {
                                var receipt = await deployment.Cache.SetAsync(key, i.ToString(CultureInfo.InvariantCulture), _stored);
                                Assert.Equal(Durability.Stored, receipt.Durability);
                                var row = await deployment.Database.ReadAsync(key);
                                Assert.True(
                                    row?.Version >= receipt.Version,
                                    $"{key} has version {row?.Version}, but {receipt.Version} was stored."
                                );
                            }
                        }
                    })
                )
        );
    }

    [Theory]
    [EveryCombination]
    public async Task A_row_written_behind_the_cache_with_a_higher_version_is_adopted_and_told(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        var cache = deployment.Cache;
        var first = await cache.SetAsync("key", "ours", _stored);
        var theirs = first.Version + (long)TimeSpan.FromHours(1).TotalMicroseconds;
        await deployment.Database.OverwriteAsync("key", "theirs", theirs);

        var second = await Assert.ThrowsAsync<WriteSupersededException>(() => cache.SetAsync("key", "ours again", _stored).AsTask());
        Assert.Equal(("key", theirs), (second.Key, second.Winner));

        var read = await cache.GetAsync("key", ReadFrom.Tier);
        Assert.Equal(("theirs", theirs), (read.Value, read.Version));
        Assert.True(second.Version > first.Version && second.Version < theirs);
        var later = await Assert.ThrowsAsync<WriteSupersededException>(() =>
            cache.WaitAsync("key", new WriteReceipt(second.Version, Durability.Accepted), Durability.Stored).AsTask()
        );
        Assert.Equal(theirs, later.Winner);
        var row = await deployment.Database.ReadAsync("key");
        Assert.Equal(("theirs", theirs), (row!.Value, row.Version));
        var statistics = await cache.Operations.GetStatisticsAsync();
        Assert.Equal((1, 1), (statistics.Flush.Superseded, statistics.Superseded));
        Assert.Contains(deployment.Log.Lines, line =>
            line.StartsWith("Warning:", StringComparison.Ordinal)
            && line.Contains($"version {second.Version} lost to version {theirs}", StringComparison.Ordinal)
        );

        // What is written from now on is above it.
        var third = await cache.SetAsync("key", "ours at last", _stored);
        Assert.True(third.Version > theirs);
        Assert.Equal("ours at last", (await deployment.Database.ReadAsync("key"))!.Value);
    }
}
