using System.Globalization;
using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>A row of a version that not every part carries exactly is an error of its key alone: no write is lost to it, and
/// no other key suffers from it. A tier's tests have one subclass.</summary>
public abstract class RowVersionConformance : CacheSuite
{
    // What a column of .NET ticks holds.
    private const long Ticks = 638_000_000_000_000_000;

    private static readonly WriteOptions _stored = new() { Durability = Durability.Stored };

    [Theory]
    [InlineData(VersionIssuer.Highest + 1)]
    [InlineData(Ticks)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public async Task A_row_whose_version_is_out_of_range_is_the_error_of_its_key_alone(long version)
    {
        var cache = await StartAsync();
        Store.Put("bad", "old", version);
        Store.Put("good", "row", 0);

        var error = await Assert.ThrowsAsync<StoreException>(async () => await cache.GetAsync("bad", Cancellation));
        var many = await cache.GetManyAsync(["bad", "good"], Cancellation);
        var updated = await Assert.ThrowsAsync<StoreException>(async () =>
            await cache.UpdateAsync("bad", static value => value + "!", cancellationToken: Cancellation)
        );

        Assert.All([error, updated, Assert.IsType<StoreException>(many["bad"].Error)], told => AssertTells(told.Message, version));
        Assert.Equal(("row", 0L), (many["good"].Value, many["good"].Version));
        Assert.Equal("old", Store.Text("bad"));
        Store.Put("bad", "mended", 1);
        await Until.TrueAsync(async () => await IsReadAsync(cache, "bad"), "it is read as soon as failed loads are tried again");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_over_a_row_of_too_high_a_version_is_refused_and_kept(bool isRead)
    {
        var cache = await StartAsync();
        Store.Put("k", "old", Ticks);
        if (isRead)
        {
            await Assert.ThrowsAsync<StoreException>(async () => await cache.GetAsync("k", Cancellation));
        }

        var refused = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await cache.SetAsync("k", "new", _stored, Cancellation)
        );

        AssertTells(refused.Message, Ticks);
        AssertTells(Assert.Single(await cache.Operations.GetDeadLettersAsync(cancellationToken: Cancellation)).Error, Ticks);
        Assert.Equal("old", Store.Text("k"));
        Store.Put("k", "old", 1);
        await cache.Operations.ReplayDeadLettersAsync(DeadLetterFilter.All, cancellationToken: Cancellation);
        await cache.Operations.FlushAsync(Cancellation);
        Assert.Equal("new", Store.Text("k"));
    }

    [Fact]
    public async Task What_is_stored_beside_a_row_of_too_high_a_version_is_stored()
    {
        var cache = await StartAsync();
        Store.Put("b", "old", Ticks);
        await cache.SetManyAsync([new("a", "new"), new("b", "new"), new("c", "new")], null, Cancellation);

        await cache.Operations.FlushAsync(Cancellation);

        Assert.Equal(("new", "old", "new"), (Store.Text("a"), Store.Text("b"), Store.Text("c")));
        Assert.Equal("b", Assert.Single(await cache.Operations.GetDeadLettersAsync(cancellationToken: Cancellation)).Key);
    }

    [Fact]
    public async Task Other_keys_of_its_partition_are_stored_however_often_they_are_written()
    {
        var cache = await StartAsync();
        Store.Put("k", "old", Ticks);
        await Assert.ThrowsAsync<StoreException>(async () => await cache.GetAsync("k", Cancellation));
        for (var i = 0; i < 3; i++)
        {
            await cache.SetAsync("other", $"{i}", _stored, Cancellation);
            Assert.Equal($"{i}", Store.Text("other"));
        }
    }

    [Fact]
    public async Task The_highest_version_may_be_a_rows_and_nothing_is_lost_above_it_in_silence()
    {
        var cache = await StartAsync();
        Store.Put("k", "old", VersionIssuer.Highest - 1);
        Assert.Equal("old", (await cache.GetAsync("k", Cancellation)).Value);

        Assert.Equal(VersionIssuer.Highest, (await cache.SetAsync("k", "last", _stored, Cancellation)).Version);
        Assert.Equal("last", Store.Text("k"));
        for (var i = 0; i < 2; i++)
        {
            // Its version is above all, or begins anew below the row's: either way it says so.
            var error = await Record.ExceptionAsync(async () => await cache.SetAsync("k", "above", _stored, Cancellation));
            Assert.True(error is DurabilityNotReachedException or WriteSupersededException, $"{error}");
        }

        Assert.Equal("last", Store.Text("k"));
    }

    private static void AssertTells(string message, long version)
    {
        Assert.Contains(version.ToString(CultureInfo.InvariantCulture), message, StringComparison.Ordinal);
        Assert.Contains("version column", message, StringComparison.Ordinal);
    }

    private static async Task<bool> IsReadAsync(ICache<string, string> cache, string key)
    {
        try
        {
            return (await cache.GetAsync(key, Cancellation)).Value == "mended";
        }
        catch (StoreException)
        {
            return false;
        }
    }

    private Task<ICache<string, string>> StartAsync() => StartAsync<string, string>(static cache => cache.Options.Tier.Partitions = 1);
}
