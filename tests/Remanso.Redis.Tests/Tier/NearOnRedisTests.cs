using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Near caches of two processes on one Redis. Nothing ends by itself here, so what is not told stays wrong.</summary>
public sealed class NearOnRedisTests : IAsyncLifetime
{
    private readonly ScriptedStore _store = new();
    private readonly string _name = TierServer.NewCache();
    private RedisProcess _server = null!;
    private CacheProcess _writer = null!;
    private CacheProcess _reader = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartAsync();
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
    public async Task A_write_in_one_process_reaches_the_readers_of_the_other()
    {
        for (var i = 0; i < 20; i++)
        {
            await _writer.Cache.SetAsync("k", $"{i}");
            await NearAsync("k", $"{i}");
        }
    }

    [Fact]
    public async Task A_delete_an_invalidation_and_a_clear_reach_them_too()
    {
        await _writer.Cache.SetAsync("k", "v");
        await NearAsync("k", "v");
        await _writer.Cache.RemoveAsync("k");
        await NearAsync("k", null);

        await _writer.Cache.Operations.FlushAsync();
        const long Later = 1L << 52;
        _store.Put("k", "row", Later);
        await _writer.Cache.InvalidateAsync(["k"]);
        await NearAsync("k", "row");
        _store.Put("k", "next row", Later + 1);
        await _writer.Cache.InvalidateAllAsync();
        await NearAsync("k", "next row");
    }

    [Fact]
    public async Task Expiries_of_a_key_a_tag_and_everything_reach_them_too()
    {
        var version = 1L << 52;
        _store.Put("k", "row", version);
        await NearAsync("k", "row");
        foreach (
            var expire in new Func<ValueTask>[]
            {
                () => _writer.Cache.ExpireAsync("k"),
                () => _writer.Cache.ExpireByTagAsync("red"),
                () => _writer.Cache.ExpireAllAsync(),
            }
        )
        {
            _store.Put("k", $"row {++version}", version);
            await expire();
            await NearAsync("k", $"row {version}");
        }
    }

    [Fact]
    public async Task What_a_process_wrote_it_reads_at_once()
    {
        for (var i = 0; i < 200; i++)
        {
            await _writer.Cache.SetAsync("k", $"{i}");
            Assert.Equal($"{i}", (await _writer.Cache.GetAsync("k")).Value);
            Assert.Equal($"{i}", (await _writer.Cache.GetAsync("k")).Value);
        }
    }

    [Fact]
    public async Task A_process_holds_what_it_has_just_written_and_read()
    {
        await _writer.Cache.SetAsync("k", "v");
        await NearAsync("k", "v", _writer);
    }

    [Fact]
    public async Task A_change_that_was_made_while_the_subscription_was_cut_is_seen()
    {
        for (var i = 0; i < 3; i++)
        {
            await _writer.Cache.SetAsync("k", $"before {i}");
            await NearAsync("k", $"before {i}");
            await _server.CliAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await _writer.Cache.SetAsync("k", $"after {i}");

            await NearAsync("k", $"after {i}");
            for (var reads = 0; reads < 100; reads++)
            {
                Assert.Equal($"after {i}", (await _reader.Cache.GetAsync("k")).Value);
            }
        }
    }

    [Fact]
    public async Task Readers_who_hold_copies_while_connections_are_cut_leave_no_old_one_behind()
    {
        using var stop = new CancellationTokenSource();
        await _writer.Cache.SetAsync("k", "0");
        var reading = Enumerable.Range(0, 4).Select(_ => Task.Run(() => ReadAsync(stop.Token))).ToArray();
        for (var i = 1; i <= 200; i++)
        {
            await _writer.Cache.SetAsync("k", $"{i}");
            if (i % 50 == 0)
            {
                await _server.CliAsync("CLIENT", "KILL", "TYPE", "pubsub");
            }
        }

        await NearAsync("k", "200");
        await stop.CancelAsync();
        await Task.WhenAll(reading);
        Assert.Equal("200", (await _reader.Cache.GetAsync("k")).Value);
    }

    private async Task ReadAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Assert.True((await _reader.Cache.GetAsync("k", CancellationToken.None)).Found);
            await Task.Yield();
        }
    }

    /// <summary>Reads until this is the answer, from the near cache.</summary>
    private async Task NearAsync(string key, string? value, CacheProcess? process = null) =>
        await Until.TrueAsync(
            async () =>
            {
                var read = await (process ?? _reader).Cache.GetAsync(key);
                return read.Source == ReadSource.Near && read.Value == value;
            },
            $"'{value}' is near"
        );

    private Task<CacheProcess> StartAsync() => CacheProcess.DeclareAsync(_server.Address, _name, _store, static cache =>
        {
            cache.Tags = static (_, _) => ["red"];
            cache.Options.Near.Enabled = true;
            cache.Options.Near.MaxAge = TimeSpan.FromHours(1);
            cache.Options.Ttl.Base = cache.Options.Ttl.Absent = TimeSpan.FromHours(2);
        });
}
