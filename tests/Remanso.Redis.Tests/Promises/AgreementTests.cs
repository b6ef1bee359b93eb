using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>What all processes must agree on, while they run: the number of partitions, the mode, the store.</summary>
public sealed class AgreementTests : IAsyncLifetime
{
    private RedisProcess _server = null!;
    private TierBed _bed = null!;

    private string Address => _server.Address;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartAsync();
        _bed = new TierBed(Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_of_the_other_mode_can_write_nothing(bool first)
    {
        // Nothing is dirty, so the second one may change the mode: the first one is refused from then on.
        var before = await _bed.StartAsync(options => options.KeepsVersions = first);
        var after = await _bed.StartAsync(options => options.KeepsVersions = !first);
        for (var i = 0; i < 30; i++)
        {
            await after.WriteAsync("k", $"{i}");
        }

        var refused = await Assert.ThrowsAsync<TierUnavailableException>(async () => await before.TryWriteAsync(TierBed.Write("k", "v")));
        Assert.Contains("WriteMode", refused.Message, StringComparison.Ordinal);
        Assert.Contains("WriteMode", before.Problem, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await before.HeartbeatAsync("worker", TimeSpan.FromMinutes(1), Cancelled)
        );
        Assert.Empty(await TryAcquireAsync(before));
    }

    [Fact]
    public async Task After_the_loss_of_all_data_a_process_of_another_mode_writes_nothing_over_what_is_kept()
    {
        var every = await _bed.StartAsync(static options => options.KeepsVersions = true);
        await every.WriteAsync("k", "0");
        await _server.CliAsync("FLUSHALL");
        for (var i = 1; i <= 10; i++)
        {
            await every.WriteAsync("k", $"{i}");
        }

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _bed.StartAsync());
        Assert.Contains("WriteMode", refused.Message, StringComparison.Ordinal);
        Assert.Equal(10, (await every.DirtyAsync()).Entries);
    }

    [Fact]
    public async Task After_the_loss_of_all_data_a_process_of_another_number_of_partitions_can_write_nothing()
    {
        var four = await _bed.StartAsync();
        await _server.CliAsync("FLUSHALL");
        var eight = await _bed.StartAsync(static options => options.Partitions = 8);
        for (var i = 0; i < 64; i++)
        {
            var refused = await Assert.ThrowsAsync<TierUnavailableException>(async () =>
                await four.TryWriteAsync(TierBed.Write($"{i}", "v"))
            );
            Assert.Contains("Tier:Partitions", refused.Message, StringComparison.Ordinal);
            await eight.WriteAsync($"{i}", "v");
        }

        Assert.Contains("Tier:Partitions", four.Problem, StringComparison.Ordinal);
        await eight.FlushAsync();
        Assert.Equal(default, await eight.DirtyAsync());
    }

    [Fact]
    public async Task Who_disagrees_is_told_so_without_writing()
    {
        var four = await _bed.StartAsync();
        await _server.CliAsync("FLUSHALL");
        await _bed.StartAsync(static options => options.Partitions = 8);
        await Until.TrueAsync(
            () => four.Problem?.Contains("Tier:Partitions", StringComparison.Ordinal) == true,
            "it is not ready, and says why"
        );
    }

    [Fact]
    public async Task After_the_loss_of_all_data_those_who_agree_go_on()
    {
        var tier = await _bed.StartAsync();
        await tier.WriteAsync("k", "v");
        await _server.CliAsync("FLUSHALL");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => tier.WriteAsync($"{i}", "v")));
        await tier.FlushAsync();
        Assert.Null(tier.Problem);
    }

    [Fact]
    public async Task A_second_store_is_refused_at_its_start_and_the_first_goes_on()
    {
        await using var first = await Node.StartAsync(Address, new ScriptedStore { Description = "postgres://a/one" });
        var refused = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            Node.StartAsync(Address, new ScriptedStore { Description = "postgres://a/two" })
        );
        Assert.Contains("postgres://a/one", refused.Message, StringComparison.Ordinal);
        Assert.Contains("postgres://a/two", refused.Message, StringComparison.Ordinal);
        Assert.Contains("prefix", refused.Message, StringComparison.Ordinal);
        await first.Texts.SetAsync("k", "v", Node.Stored);
    }

    [Theory]
    [InlineData("/0?prefix=one", "/0?prefix=two")]
    [InlineData("/0", "/1")]
    [InlineData("/1?prefix=one", "/1?prefix=two")]
    public async Task Two_deployments_on_one_server_hear_nothing_of_each_other(string first, string second)
    {
        var stores = new[]
        {
            new ScriptedStore { Description = "one" },
            new ScriptedStore { Description = "two" },
        };
        var gate = new Gate();
        stores[0].BeforeSave = _ => gate.PassAsync(CancellationToken.None);
        foreach (var names in new[] { "rm/1", "one", "one/1", "two", "two/1" })
        {
            await _server.AllowPrefixAsync(names);
        }

        await using var one = await Node.StartAsync(Address + first, stores[0]);
        await using var two = await Node.StartAsync(Address + second, stores[1]);
        var waiting = one.Texts.SetAsync("k", "one", Node.Stored).AsTask();
        await gate.ArrivedAsync();
        for (var i = 0; i < 20; i++)
        {
            await two.Texts.SetAsync("k", $"two {i}", Node.Stored);
        }

        Assert.False(waiting.IsCompleted);
        gate.Open();
        var receipt = await waiting;
        Assert.Equal(("one", receipt.Version), (stores[0].Text("k"), stores[0].Rows["k"].Version));
        Assert.Equal("two 19", stores[1].Text("k"));
        Assert.Equal(("one", "two 19"), ((await one.Texts.GetAsync("k")).Value, (await two.Texts.GetAsync("k")).Value));
    }

    private static async Task<IReadOnlyList<PartitionLease>> TryAcquireAsync(ICacheTier tier)
    {
        try
        {
            return await tier.AcquireAllAsync();
        }
        catch (TierUnavailableException)
        {
            return [];
        }
    }
}
