using Remanso.Conformance.Servers;
using Remanso.Postgres;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>What is notified while an observer is still busy with the change before, and the connection's keep-alive
/// reads it.</summary>
public sealed class PostgresSlowObserverTests(PostgresServer server) : IAsyncDisposable
{
    private readonly PostgresTestBed _bed = new(server);

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_change_that_came_meanwhile_is_told(bool isListening)
    {
        var options = new PostgresStoreOptions { Table = SqlTableName.Parse("remanso." + _bed.Table), ListenForChanges = true };
        await using var provider = new PostgresStoreProvider(PostgresAddress.Parse(server.RoleConnectionString + ";Keepalive=1"), options);
        await provider.Create("default").InitializeAsync(CancellationToken.None);
        var observer = new SlowObserver(isListening ? "listening" : "first");
        using var stop = new CancellationTokenSource();
        var running = provider.Changes!.RunAsync(observer, stop.Token);
        if (!isListening)
        {
            await observer.Changes.NextAsync();
            await InsertAsync("first");
        }

        await observer.Busy.Task;
        await InsertAsync("second");
        var inserted = await ScalarAsync("SELECT clock_timestamp()");
        await Until.TrueAsync(
            async () => await ScalarAsync(LastSign) is DateTime at && at > (DateTime)inserted!,
            "the keep-alive has read what the server sent"
        );
        observer.Go.SetResult();

        Assert.Equal(isListening ? "listening" : "default first", await observer.Changes.NextAsync());
        Assert.Equal("default second", await observer.Changes.NextAsync());
        await stop.CancelAsync();
        await running;
    }

    private string LastSign =>
        $"SELECT state_change FROM pg_stat_activity WHERE query = 'LISTEN \"remanso_' || 'remanso.{_bed.Table}'::regclass::oid || '\"'";

    private async Task<object?> ScalarAsync(string sql) => await _bed.ScalarAsync(sql);

    private async Task InsertAsync(string key) =>
        await _bed.ExecuteAsync(
            $"INSERT INTO {_bed.Table} (cache, key, value, version, deleted, updated_at) VALUES ('default', '{key}', 'v', 1, false, 0)"
        );

    /// <summary>Hears one thing only when it is let go.</summary>
    private sealed class SlowObserver(string slowAt) : IStoreChangeObserver
    {
        public RecordingChanges Changes { get; } = new();

        public TaskCompletionSource Busy { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask OnListeningAsync(bool again)
        {
            await WaitAtAsync("listening");
            await Changes.OnListeningAsync(again);
        }

        public async ValueTask OnChangedAsync(string cache, IReadOnlyList<string> keys)
        {
            await WaitAtAsync(keys[0]);
            await Changes.OnChangedAsync(cache, keys);
        }

        public ValueTask OnAllChangedAsync(string? cache) => Changes.OnAllChangedAsync(cache);

        private async Task WaitAtAsync(string what)
        {
            if (what == slowAt)
            {
                Busy.SetResult();
                await Go.Task;
            }
        }
    }
}
