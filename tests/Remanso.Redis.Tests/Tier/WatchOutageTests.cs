using System.Collections.Concurrent;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>A watcher in one process while another writes and Redis is killed, or its connections are cut: what is not
/// told lies before a gap.</summary>
public sealed class WatchOutageTests : IAsyncLifetime
{
    private readonly ScriptedStore _store = new();
    private readonly string _name = TierServer.NewCache();
    private readonly ConcurrentQueue<CacheChange<string, string>> _told = new();
    private readonly CancellationTokenSource _stop = new();
    private RedisProcess _server = null!;
    private CacheProcess _writer = null!;
    private CacheProcess _reader = null!;
    private Task _watching = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        var address = _server.Address;
        _writer = await CacheProcess.StartAsync(address, _name, _store);
        _reader = await CacheProcess.StartAsync(address, _name, _store);
        _watching = WatchAsync();
        await Until.TrueAsync(() => !_told.IsEmpty, "the watch has begun");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
        await _writer.DisposeAsync();
        await _reader.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_change_is_told_or_lies_before_a_gap(bool kills)
    {
        var written = new Dictionary<long, int>();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                await TryWriteAsync(written, _told.Count);
                if (i != 50)
                {
                    continue;
                }

                if (kills)
                {
                    _server.Kill();
                    await _server.StartAgainAsync();
                }
                else
                {
                    await _server.CliAsync("CLIENT", "KILL", "TYPE", "pubsub");
                }
            }

            // Both processes have found the server again.
            var last = 0L;
            await Until.TrueAsync(
                async () =>
                {
                    last = await TryWriteAsync(written, _told.Count);
                    return last > 0 && _told.Any(change => change.Version == last);
                },
                "changes are told again"
            );
        }

        var told = _told.ToArray();
        var versions = told.Select(static change => change.Version).ToHashSet();
        foreach (var (version, before) in written)
        {
            Assert.True(
                versions.Contains(version)
                    || told.Skip(before).Any(static change => change.Kind == CacheChangeKind.Gap && change.Gap != WatchGap.Lost),
                $"Version {version} was not told, and no gap came after it."
            );
        }

        Assert.Equal(
            versions.Where(static version => version > 0).Order(),
            told.Select(static change => change.Version).Where(static version => version > 0)
        );
        Assert.Contains(told, static change => change.Gap == WatchGap.Restored);
    }

    private async Task<long> TryWriteAsync(Dictionary<long, int> written, int told)
    {
        try
        {
            var version = (await _writer.Cache.SetAsync("k", "v")).Version;
            written[version] = told;
            return version;
        }
        catch (TierUnavailableException)
        {
            return 0;
        }
    }

    private async Task WatchAsync()
    {
        try
        {
            await foreach (var change in _reader.Cache.WatchAsync(new() { Buffer = WatchOptions<string>.MaxBuffer }, _stop.Token))
            {
                _told.Enqueue(change);
            }
        }
        catch (OperationCanceledException)
        {
            // The test has ended.
        }
    }
}
