using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.ReadThrough;

/// <summary>Fill leases that the looks of callers took who then joined a flight that fills nothing.</summary>
[Collection(ManualClockTests.Name)]
public sealed class JoinedLeaseTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly Gate _load = new();
    private readonly Gate _look = new();
    private int _released;
    private int _looks;

    [Fact]
    public async Task The_lease_of_a_load_is_given_back_once_however_many_shared_it()
    {
        await using var harness = await StartAsync(static () => ValueTask.CompletedTask);
        _look.Open();

        var reads = Enumerable.Range(0, 10).Select(_ => harness.Cache.GetOrLoadAsync("k", LoadAsync).AsTask()).ToArray();
        await _load.ArrivedAsync();
        await CacheHarness.SettleAsync();
        _load.Open();

        Assert.All(await Task.WhenAll(reads).WaitAsync(_patience), static read => Assert.Equal("private", read.Value));
        await CacheHarness.SettleAsync();
        Assert.Equal(1, _released);
    }

    [Fact]
    public async Task Who_has_his_answer_does_not_wait_until_the_lease_of_his_own_look_is_given_back()
    {
        var releasing = new Gate();
        await using var harness = await StartAsync(async () => await releasing.PassAsync());
        // Who began before the load did may have its answer.
        var joined = harness.Cache.GetOrLoadAsync("k", LoadAsync).AsTask();
        await _look.ArrivedAsync();
        var leader = harness.Cache.GetOrLoadAsync("k", LoadAsync, new ReadOptions { Skips = ReadSkip.TierWrite }).AsTask();
        await _load.ArrivedAsync();
        _look.Open();
        await CacheHarness.SettleAsync();
        _load.Open();

        Assert.Equal("private", (await leader.WaitAsync(_patience)).Value);
        Assert.Equal("private", (await joined.WaitAsync(_patience)).Value);
        await releasing.ArrivedAsync();
        releasing.Open();
        await CacheHarness.SettleAsync();
        Assert.Equal(1, _released);
    }

    private Task<CacheHarness> StartAsync(Func<ValueTask> releasing) =>
        CacheHarness.StartAsync(decorate: inner => new FaultyTier(inner)
        {
            IsLocal = false,
            Before = async operation =>
            {
                if (operation == nameof(ICacheTier.ReleaseLeaseAsync))
                {
                    Interlocked.Increment(ref _released);
                    await releasing();
                }
            },
            After = async operation =>
            {
                if (operation == nameof(ICacheTier.ReadAsync) && Interlocked.Increment(ref _looks) == 1)
                {
                    await _look.PassAsync();
                }
            },
        });

    private async ValueTask<string?> LoadAsync(LoadContext<string, string> context, CancellationToken cancellationToken)
    {
        context.DoNotCache();
        await _load.PassAsync(cancellationToken);
        return "private";
    }
}
