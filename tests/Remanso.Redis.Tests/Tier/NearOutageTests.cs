using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Near copies that are kept while their Redis is killed and started again.</summary>
public sealed class NearOutageTests : IAsyncLifetime
{
    private readonly ScriptedStore _store = new();
    private readonly string _name = TierServer.NewCache();
    private RedisProcess _server = null!;
    private CacheProcess _writer = null!;
    private CacheProcess _reader = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        _writer = await StartAsync();
        _reader = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _reader.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Copies_outlive_a_killed_redis_as_stale_ones_and_give_way_to_what_others_write_after_it()
    {
        for (var i = 0; i < 3; i++)
        {
            await _writer.Cache.SetAsync("k", $"before {i}");
            await ReadUntilAsync(
                read => read is { Source: ReadSource.Near, Stale: false } && read.Value == $"before {i}",
                "the copy is near"
            );

            _server.Kill();
            await ReadUntilAsync(static read => read.Stale, "the outage is noticed");
            var loads = _store.Loads.Count;
            for (var reads = 0; reads < 1000; reads++)
            {
                var read = await _reader.Cache.GetAsync("k");
                Assert.Equal(($"before {i}", ReadSource.Near, true), (read.Value, read.Source, read.Stale));
            }

            Assert.Equal(loads, _store.Loads.Count);

            await _server.StartAgainAsync();
            await Until.TrueAsync(async () => await TrySetAsync($"after {i}"), "the other process writes again");
            // Until then it reads stale copies, or past the tier, where what is dirty is not.
            var first = await ReadUntilAsync(
                static read => read is { Stale: false, Source: ReadSource.Tier or ReadSource.Near },
                "the tier is used again"
            );
            Assert.Equal($"after {i}", first.Value);
        }
    }

    private async Task<bool> TrySetAsync(string value)
    {
        try
        {
            await _writer.Cache.SetAsync("k", value);
            return true;
        }
        catch (TierUnavailableException)
        {
            return false;
        }
    }

    /// <summary>Reads as callers do in an outage: a read that fails is repeated.</summary>
    private async Task<ReadResult<string>> ReadUntilAsync(Func<ReadResult<string>, bool> isAwaited, string what)
    {
        var read = default(ReadResult<string>);
        await Until.TrueAsync(
            async () =>
            {
                read = await _reader.Cache.GetAsync("k");
                return isAwaited(read);
            },
            what
        );
        return read;
    }

    // With the product's own time-outs: how a Redis that is away is noticed is part of the subject.
    private Task<CacheProcess> StartAsync() => CacheProcess.DeclareAsync(RedisOptions.Parse(_server.Address), _name, _store, static cache =>
        {
            (cache.Options.Near.Enabled, cache.Options.Near.KeepWhenTierIsDown) = (true, true);
            cache.Options.Near.MaxAge = TimeSpan.FromHours(1);
            cache.Options.Ttl.Base = cache.Options.Ttl.Absent = TimeSpan.FromHours(2);
        });
}
