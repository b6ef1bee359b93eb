using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>What readers see: hits, TTL, grace, lifetime.</summary>
public abstract class TierReadConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task A_key_that_was_never_there_is_a_miss()
    {
        var tier = await StartAsync();
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task What_was_filled_is_what_is_read()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        var expiresAt = tier.Now + 3_600_000_000;
        await tier.FillAsync(
            new FillRequest
            {
                Key = "k",
                Lease = lease,
                Value = TierSteps.Bytes("v"),
                ContentType = "text/plain",
                Version = 42,
                ExpiresAt = expiresAt,
                Ttl = TimeSpan.FromMinutes(1),
                Grace = TimeSpan.FromMinutes(1),
                LoadMicros = 1234,
            }
        );

        var entry = await tier.HitAsync("k");
        Assert.Equal(("v", "text/plain", 42L), (entry.Text(), entry.ContentType, entry.Version));
        Assert.Equal((EntryState.None, expiresAt, 1234L), (entry.State, entry.ExpiresAt, entry.LoadMicros));
        Assert.Equal(60_000_000, entry.FreshUntil - entry.CachedAt);
        Assert.Equal(60_000_000, entry.StaleUntil - entry.FreshUntil);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\u00ff\r\n")]
    [InlineData("olá, мир, 世界 😀")]
    public async Task Any_value_under_any_key_comes_back_as_it_was(string text)
    {
        var tier = await StartAsync();
        var key = $"a key/with:{{braces}} {text.Trim()} \"quotes\"".Replace("\0", string.Empty, StringComparison.Ordinal);
        await tier.WriteAsync(key, text);
        Assert.Equal(text, (await tier.HitAsync(key)).Text());
        await tier.FlushAsync();
        Assert.Equal(text, (await tier.HitAsync(key)).Text());
    }

    [Fact]
    public async Task A_known_absent_key_is_a_hit_without_a_value()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        await tier.FillAsync(
            new FillRequest
            {
                Key = "k",
                Lease = lease,
                Version = 0,
                Tombstone = true,
                Ttl = Ages,
            }
        );
        var entry = await tier.HitAsync("k");
        Assert.Equal((EntryState.Tombstone, 0L, 0), (entry.State, entry.Version, entry.Value.Length));
    }

    [Fact]
    public async Task Past_its_TTL_a_clean_entry_is_stale()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "v", 42, Moment, Ages);
        await OutlastMomentAsync();
        var read = await tier.ReadAsync("k");
        Assert.Equal(TierReadOutcome.Stale, read.Outcome);
        Assert.Equal("v", read.Entry!.Text());
    }

    [Fact]
    public async Task Past_its_grace_period_a_clean_entry_is_a_miss()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "v", 42, Moment / 2, Moment / 2);
        await OutlastMomentAsync();
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_stale_entry_comes_with_the_lease_that_was_asked_for()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "v", 42, Moment, Ages);
        await OutlastMomentAsync();
        var read = await tier.ReadAsync("k", TierSteps.Holder, Cancelled);
        Assert.Equal(TierReadOutcome.Stale, read.Outcome);
        Assert.NotEqual(0, read.Lease);
    }

    [Fact]
    public async Task A_hit_takes_no_lease()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "v", 42);
        Assert.Equal(0, (await tier.ReadAsync("k", TierSteps.Holder, Cancelled)).Lease);
        Assert.NotEqual(0, await tier.TryLeaseAsync("k", TierSteps.Holder + 1, Cancelled));
    }

    [Fact]
    public async Task Past_its_lifetime_a_clean_entry_is_a_miss_whatever_its_TTL()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Lasting("k", tier, Moment));
        await tier.FlushAsync();
        await OutlastMomentAsync();
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_dirty_entry_has_no_TTL()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        await OutlastMomentAsync();
        var entry = await tier.HitAsync("k");
        Assert.True(entry.IsDirty);
        Assert.Equal((CacheEntry.Never, CacheEntry.Never), (entry.FreshUntil, entry.StaleUntil));
    }

    [Fact]
    public async Task Past_its_lifetime_a_dirty_entry_reads_as_absent()
    {
        var tier = await StartAsync();
        var written = await tier.TryWriteAsync(Lasting("k", tier, Moment));
        await OutlastMomentAsync();
        var entry = await tier.HitAsync("k");
        Assert.True(entry.IsTombstone);
        Assert.Equal((written.Version, 0), (entry.Version, entry.Value.Length));
    }

    [Fact]
    public async Task Many_reads_stand_at_the_index_of_their_keys()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("a", "1");
        await tier.WriteAsync("b", "2");
        var reads = await tier.ReadAllAsync(["b", "none", "a", "b"], TierSteps.Holder, Cancelled);
        Assert.Equal(["2", null, "1", "2"], reads.Select(read => read.Entry?.Text()));
        Assert.Equal([true, false, true, true], reads.Select(read => read.Lease == 0));
    }

    private static TierWrite Lasting(string key, ICacheTier tier, TimeSpan lifetime) =>
        new()
        {
            Key = key,
            Value = TierSteps.Bytes("v"),
            ExpiresAt = tier.Now + (lifetime.Ticks / TimeSpan.TicksPerMicrosecond),
        };
}
