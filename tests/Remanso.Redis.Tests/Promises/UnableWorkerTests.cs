using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Tier;
using Remanso.Stores;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>Of two workers, one reaches Redis and not the database.</summary>
public sealed class UnableWorkerTests(TierServer server) : IAsyncLifetime
{
    private readonly string _prefix = TierServer.NewCache();
    private readonly ScriptedStore _well = new();
    private readonly ScriptedStore _ill = new();
    private Node _able = null!;
    private Node _unable = null!;
    private readonly CancellationTokenSource _hanging = new();
    private volatile bool _isMended;

    public async ValueTask InitializeAsync()
    {
        await server.Process.AllowPrefixAsync(_prefix);
        var address = $"{server.Address}/0?prefix={_prefix}";
        _able = await Node.StartAsync(address, _well, static options => options.Flush.Lease = TimeSpan.FromSeconds(2));
        _unable = await Node.StartAsync(address, _ill, static options => options.Flush.Lease = TimeSpan.FromSeconds(2));
    }

    public async ValueTask DisposeAsync()
    {
        // Also where the test has failed: a save that never ends would hold up the stop.
        await MendAsync();
        _hanging.Dispose();
        await _unable.DisposeAsync();
        await _able.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_gives_its_partitions_away_says_so_and_takes_them_back_when_it_can(bool hangs)
    {
        _ill.BeforeSave = _ =>
            _isMended ? Task.CompletedTask
            : hangs ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _hanging.Token)
            : throw new StoreException("connection refused", isTransient: true);

        var written = 0;
        await Until.TrueAsync(
            async () =>
            {
                await _able.Texts.SetAsync($"{written++}", "v");
                return _unable.Problem?.Contains("the store", StringComparison.Ordinal) == true;
            },
            "it has a partition, and says that it can't store"
        );
        await Until.TrueAsync(() => _well.Rows.Count == written, "the other worker has stored all of it");
        Assert.Null(_able.Problem);

        await MendAsync();
        await Until.TrueAsync(
            async () =>
            {
                for (var i = 0; i < 20; i++)
                {
                    await _able.Texts.SetAsync($"{i}", "w");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
                return !_ill.Rows.IsEmpty && _unable.Problem is null;
            },
            "it flushes again and is ready"
        );
    }

    [Fact]
    public async Task The_last_worker_goes_on_trying()
    {
        await _able.DisposeAsync();
        _ill.BeforeSave = _ => _isMended ? Task.CompletedTask : throw new StoreException("connection refused", isTransient: true);
        await _unable.Texts.SetAsync("k", "v");
        await Until.TrueAsync(() => _unable.Problem is not null, "it is not ready");
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, TestContext.Current.CancellationToken);
        _isMended = true;
        await Until.TrueAsync(() => _ill.Text("k") == "v", "it is stored");
    }

    private Task MendAsync()
    {
        _isMended = true;
        return _hanging.CancelAsync();
    }
}
