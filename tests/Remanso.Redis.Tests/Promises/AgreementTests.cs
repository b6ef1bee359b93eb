using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
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
    public async Task What_a_change_of_mode_got_half_way_with_is_opened_and_flushed_by_the_mode_that_wrote_it()
    {
        var before = await _bed.StartAsync();
        await before.WriteAsync("k", "v");
        await _server.CliAsync("HSET", Meta, "versions", "1");
        await before.DisposeAsync();

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            _bed.StartAsync(static options => options.KeepsVersions = true)
        );
        Assert.Contains("WriteMode", refused.Message, StringComparison.Ordinal);
        var after = await _bed.StartAsync();

        await after.FlushAsync();
        Assert.Equal(default, await after.DirtyAsync());
        await _bed.StartAsync(static options => options.KeepsVersions = true);
    }

    [Fact]
    public async Task Who_would_flush_nothing_accepts_nothing()
    {
        var tier = await _bed.StartAsync();
        await _server.CliAsync("HSET", Meta, "versions", "1");
        await Until.TrueAsync(() => tier.Problem is not null, "it knows that the others differ");

        await Assert.ThrowsAsync<TierUnavailableException>(async () => await tier.TryWriteAsync(TierBed.Write("k", "v")));
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await tier.WriteAllAsync([TierBed.Write("k", "v")], Cancelled));
        Assert.Equal(0, (await tier.DirtyAsync()).Entries);
        await _server.CliAsync("HSET", Meta, "versions", "0");
        await Until.TrueAsync(() => tier.Problem is null, "they agree again");
        await tier.WriteAsync("k", "v");
    }

    [Fact]
    public async Task A_change_of_mode_that_a_server_refuses_half_way_leaves_the_old_one_in_force()
    {
        var before = await _bed.StartAsync();
        var asked = 0;
        await using var changing = ScriptWatch.Connect(Address, out var scripts);
        scripts.Before = (script, _) =>
        {
            if (States(script) && ++asked == 3)
            {
                throw new RedisServerException("NOREPLICAS Not enough good replicas to write.");
            }
        };
        await using var after = new RedisTier(_bed.Cache, new TierOptions { Partitions = 4, KeepsVersions = true }, changing);
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await after.InitializeAsync(Cancelled));

        for (var i = 0; i < 30; i++)
        {
            await before.WriteAsync($"{i}", "v");
        }

        await before.HeartbeatAsync("worker", TimeSpan.FromMinutes(1), Cancelled);
        await before.FlushAsync();
        Assert.Equal((null, default), (before.Problem, await before.DirtyAsync()));
        // As soon as it is asked again, the change is made.
        await after.InitializeAsync(Cancelled);
        await after.WriteAsync("k", "v");
        Assert.Equal("1", await _server.CliAsync("HGET", Meta, "versions"));
    }

    [Fact]
    public async Task A_change_of_mode_that_a_write_of_the_old_one_overtakes_is_taken_back()
    {
        var before = await _bed.StartAsync();
        await using var changing = ScriptWatch.Connect(Address, out var scripts);
        scripts.Before = (script, _) =>
        {
            if (script.Body.Contains("-- Puts in force", StringComparison.Ordinal))
            {
                scripts.Before = null;
                before.WriteAsync("k", "v").GetAwaiter().GetResult();
            }
        };
        await using var after = new RedisTier(_bed.Cache, new TierOptions { Partitions = 4, KeepsVersions = true }, changing);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(async () => await after.InitializeAsync(Cancelled));

        Assert.Contains("WriteMode", refused.Message, StringComparison.Ordinal);
        Assert.Equal("0", await _server.CliAsync("HGET", Meta, "versions"));
        await Until.TrueAsync(() => before.Problem is null, "nothing has changed for who was there");
        await before.WriteAsync("other", "v");
        await before.FlushAsync();
        await after.InitializeAsync(Cancelled);
    }

    [Fact]
    public async Task A_change_of_mode_leaves_the_copies()
    {
        var before = await _bed.StartAsync();
        await FillAsync(before, "row");

        var after = await _bed.StartAsync(static options => options.KeepsVersions = true);

        Assert.All(await ReadAsync(after), static read => Assert.Equal((TierReadOutcome.Hit, "row"), (read.Outcome, read.Entry!.Text())));
    }

    [Fact]
    public async Task A_take_over_by_another_store_that_got_half_way_serves_no_row_of_the_first()
    {
        await using (var first = new TierBed(Address, _bed.Cache))
        {
            await FillAsync(await first.StartAsync(static options => options.StoreIdentity = "one"), "one's");
        }

        await _server.CliAsync("HSET", Meta, "seen", "0");
        var asked = 0;
        await using var taking = ScriptWatch.Connect(Address, out var scripts);
        scripts.Before = (script, _) =>
        {
            var drops = script.Body.Contains("-- Drops every clean copy and voids", StringComparison.Ordinal);
            if ((drops || States(script)) && ++asked == 3)
            {
                throw new RedisServerException("NOREPLICAS Not enough good replicas to write.");
            }
        };
        await using var second = new RedisTier(_bed.Cache, new TierOptions { Partitions = 4, StoreIdentity = "two" }, taking);
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await second.InitializeAsync(Cancelled));

        await second.InitializeAsync(Cancelled);

        Assert.All(await ReadAsync(second), static read => Assert.Equal(TierReadOutcome.Miss, read.Outcome));
        Assert.Equal("=two", await _server.CliAsync("HGET", Meta, "store"));
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

    [Fact]
    public async Task A_store_that_may_not_follow_is_told_whether_it_is_for_those_who_run_or_for_what_waits()
    {
        var first = await _bed.StartAsync(static options => options.StoreIdentity = "one");
        Assert.Contains("used it less than 60 s ago", (await RefusedAsync()).Message, StringComparison.Ordinal);

        await first.DeadLetterAsync("k", "v");
        await _server.CliAsync("HSET", Meta, "seen", "0");
        var refused = (await RefusedAsync()).Message;
        Assert.Contains("1 of its entries are dirty or dead letters", refused, StringComparison.Ordinal);
        Assert.Contains("drop the dead letters", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("used it", refused, StringComparison.Ordinal);

        await first.DropDeadLettersAsync(["k"], Cancelled);
        await _server.CliAsync("HSET", Meta, "seen", "0");
        await _bed.StartAsync(static options => options.StoreIdentity = "two");

        Task<InvalidOperationException> RefusedAsync() =>
            Assert.ThrowsAsync<InvalidOperationException>(() => _bed.StartAsync(static options => options.StoreIdentity = "two"));
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

    private string Meta => $"rm:{{{_bed.Cache}}}:meta";

    private static bool States(RedisScript script) => script.Body.Contains("-- States the terms of a partition", StringComparison.Ordinal);

    // Enough keys for every partition to have some.
    private static string[] Keys { get; } = [.. Enumerable.Range(0, 32).Select(static i => $"k{i}")];

    private static async Task FillAsync(ICacheTier tier, string value)
    {
        foreach (var key in Keys)
        {
            Assert.True((await tier.FillAsync(TierSteps.Loaded(key, await tier.LeaseAsync(key), value, 5))).Filled);
        }
    }

    private static async Task<IReadOnlyList<TierRead>> ReadAsync(ICacheTier tier) => await tier.ReadAllAsync(Keys, 0, Cancelled);

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
