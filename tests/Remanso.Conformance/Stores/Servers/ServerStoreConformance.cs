using Remanso.Conformance.Servers;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Stores.Servers;

/// <summary>What a store in a database server owes besides: many workers, accounts and tables that others change, locks
/// that others hold.</summary>
/// <remarks>Not among the suites of all stores, for a file has no accounts and one writer.</remarks>
public abstract class ServerStoreConformance : StoreConformance
{
    private ServerTestBed Server => (ServerTestBed)Bed;

    [Fact]
    public async Task Overlapping_batches_of_many_workers_never_deadlock()
    {
        const int Workers = 8;
        const int Rounds = 25;
        var keys = Enumerable.Range(0, 400).Select(i => $"key:{i:D4}").ToArray();

        await Task.WhenAll(
            Enumerable
                .Range(0, Workers)
                .Select(async worker =>
                {
                    var random = new Random(worker);
                    for (var round = 0; round < Rounds; round++)
                    {
                        // Any error fails the test, a deadlock too: nothing is tried again here.
                        var version = (round * Workers) + worker;
                        await Store.SaveAsync([.. keys.Where(_ => random.Next(2) == 0).Select(key => Write(key, version))], Cancellation);
                    }
                })
        );

        Assert.NotEmpty(await Store.LoadAsync(keys, Cancellation));
    }

    [Fact]
    public async Task A_batch_too_large_for_one_statement_is_still_all_or_nothing()
    {
        var value = new byte[6 << 20];
        await Bed.RefuseAsync("z");

        await Assert.ThrowsAsync<StoreException>(async () =>
            await SaveAsync([.. "abcd".Select(key => Write(key.ToString(), 1, value)), Write("z", 1)])
        );

        Assert.Empty(await Store.LoadAsync(["a", "b", "c", "d", "z"], Cancellation));
    }

    [Fact]
    public async Task A_table_dropped_while_running_is_transient_because_the_entries_are_not_at_fault()
    {
        await Server.ExecuteAsync($"DROP TABLE {Server.Table}");

        var exception = await Assert.ThrowsAsync<StoreException>(async () => await SaveAsync(Write("k", 1)));
        Assert.True(exception.IsTransient);

        await Store.InitializeAsync(Cancellation);
        Assert.Equal([SaveOutcome.Applied], await SaveAsync(Write("k", 1)));
    }

    [Fact]
    public async Task A_table_of_another_shape_stops_the_start()
    {
        await Server.ExecuteAsync($"ALTER TABLE {Server.Table} DROP COLUMN content_type");

        await AssertRefusedAtStartAsync("content_type");
    }

    [Fact]
    public async Task An_account_that_may_use_the_table_need_not_be_allowed_to_create_one()
    {
        var store = (await Server.AnotherAccountAsync()).Create("default");

        await store.InitializeAsync(Cancellation);

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k", 1)], Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_save_that_waits_for_a_lock_can_be_cancelled()
    {
        await SaveAsync(Write("k", 1));
        await using var held = await Server.HoldRowsAsync();
        using var source = new CancellationTokenSource();

        var save = Store.SaveAsync([Write("k", 2)], source.Token).AsTask();
        await Until.TrueAsync(async () => await Server.IsWaitingAsync(), "the save waits for the lock");
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
        await Until.TrueAsync(async () => !await Server.IsWaitingAsync(), "the server has ended what was given up");
        await held.DisposeAsync();
        Assert.Equal(1, (await LoadExistingAsync("k")).Version);
        Assert.Equal([SaveOutcome.Applied], await SaveAsync(Write("k", 2)));
    }

    /// <summary>The store of the cache <c>default</c> can't be initialised, for good, for a reason that the error names
    /// in its one line.</summary>
    protected async Task AssertRefusedAtStartAsync(string reason)
    {
        var exception = await Assert.ThrowsAsync<StoreException>(async () => await Store.InitializeAsync(Cancellation));

        Assert.False(exception.IsTransient);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }
}
