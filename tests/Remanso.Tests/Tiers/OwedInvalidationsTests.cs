using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers;

/// <summary>Nobody goes on before the copies that he owes are gone, whoever drops them.</summary>
[Collection(ManualClockTests.Name)]
public sealed class OwedInvalidationsTests : IAsyncDisposable
{
    private readonly FaultyTier _tier;
    private readonly List<string> _dropped = [];
    private readonly OwedInvalidations _owed;

    public OwedInvalidationsTests()
    {
        _tier = new FaultyTier(new MemoryTier("test", new TierOptions(), new Testing.ManualTimeProvider()));
        _owed = new OwedInvalidations(_tier);
    }

    [Fact]
    public async Task Who_finds_that_another_drops_his_copies_waits_for_him()
    {
        var gate = Hold(nameof(ICacheTier.InvalidateAsync));
        _owed.Add(["k"], areWritten: false);
        var other = _owed.PayAsync(PartitionOf("k"));
        await gate.ArrivedAsync();

        var mine = _owed.PayAsync(PartitionOf("k"));
        await CacheHarness.SettleAsync();
        Assert.False(mine.IsCompleted);
        gate.Open();

        await Task.WhenAll(mine, other).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Single(_dropped);
    }

    [Fact]
    public async Task Copies_are_dropped_and_dead_letters_replayed_at_once()
    {
        var gate = Hold(nameof(ICacheTier.InvalidateAsync));
        var replayed = false;
        _tier.After = operation =>
        {
            replayed |= operation == nameof(ICacheTier.ReplayDeadLettersAsync);
            return ValueTask.CompletedTask;
        };
        _owed.Add(["k"], areWritten: true);

        var payment = _owed.PayAsync(PartitionOf("k"));
        await gate.ArrivedAsync();
        await CacheHarness.SettleAsync();
        Assert.True(replayed);
        gate.Open();

        await payment.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(_owed.Any);
    }

    [Fact]
    public async Task Who_waited_for_another_drops_the_copies_himself_where_that_one_failed()
    {
        var gate = Hold(nameof(ICacheTier.InvalidateAsync), failsFirst: true);
        _owed.Add(["k"], areWritten: false);
        var other = _owed.PayAsync(PartitionOf("k"));
        await gate.ArrivedAsync();

        var mine = _owed.PayAsync(PartitionOf("k"));
        gate.Open();

        await Assert.ThrowsAsync<TierUnavailableException>(() => other);
        await mine.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(_owed.Any);
        Assert.Equal(2, _dropped.Count);
    }

    [Fact]
    public async Task No_partition_whose_keys_were_too_many_is_paid_for_before_everything_is_dropped()
    {
        var gate = Hold(nameof(ICacheTier.InvalidateAllAsync), failsFirst: true);
        _owed.Add(Enumerable.Range(0, OwedInvalidations.Most + 1).Select(static n => $"k{n}"), areWritten: false);

        Task[] payments = [.. Enumerable.Range(0, _tier.Partitions).Select(_owed.PayAsync)];
        await gate.ArrivedAsync();
        await CacheHarness.SettleAsync();
        Assert.All(payments, static payment => Assert.False(payment.IsCompleted));
        gate.Open();

        // Those that shared the failure still owe; the others shared the drop after it.
        await Task.WhenAll(payments.Select(static payment => Record.ExceptionAsync(() => payment).AsTask()))
            .WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains(payments, static payment => payment.IsFaulted);
        await Task.WhenAll(Enumerable.Range(0, _tier.Partitions).Select(_owed.PayAsync)).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(_owed.Any);
        Assert.Equal(2, _dropped.Count(static operation => operation == nameof(ICacheTier.InvalidateAllAsync)));
    }

    [Fact]
    public async Task Changes_of_others_that_were_missed_hold_no_partition_back()
    {
        _tier.Before = static operation =>
            operation == nameof(ICacheTier.InvalidateAllAsync)
                ? throw new TierUnavailableException("one server of many is away", mayHaveHappened: false)
                : ValueTask.CompletedTask;
        _owed.AddAll();

        await Assert.ThrowsAsync<TierUnavailableException>(() => _owed.PayAllAsync());
        await _owed.PayAsync(0);

        Assert.True(_owed.Any);
    }

    public ValueTask DisposeAsync() => _tier.DisposeAsync();

    private int PartitionOf(string key) => Partition.Of(key, _tier.Partitions);

    private Gate Hold(string held, bool failsFirst = false)
    {
        var gate = new Gate();
        _tier.Before = async operation =>
        {
            if (operation != held)
            {
                return;
            }

            _dropped.Add(operation);
            var fails = failsFirst && _dropped.Count == 1;
            await gate.PassAsync();
            if (fails)
            {
                throw new TierUnavailableException("away", mayHaveHappened: false);
            }
        };
        return gate;
    }
}
