using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Servers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Where Redis keeps the versions of caches that keep every version, and who may be in such a cache.</summary>
public sealed class KeptVersionTests(TierServer server)
{
    [Fact]
    public async Task A_key_leaves_nothing_behind_once_it_is_stored()
    {
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(Keep);
        for (var i = 0; i < 5; i++)
        {
            await tier.WriteAsync("k", $"{i}");
        }

        var kept = bed.Name(Partition.Of("k", 4), "h:k");
        Assert.Equal("4", await server.Process.CliAsync("XLEN", kept));

        await tier.FlushAsync();

        Assert.Equal("0", await server.Process.CliAsync("EXISTS", kept));
        await tier.WriteAsync("k", "5");
        await tier.WriteAsync("k", "6");
        await tier.SettleAsync(Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync())).DeadLettered());
        Assert.Equal("1", await server.Process.CliAsync("EXISTS", kept));
        await tier.DropDeadLettersAsync(["k"], CancellationToken.None);
        Assert.Equal("0", await server.Process.CliAsync("EXISTS", kept));
    }

    [Fact]
    public async Task Writes_of_a_key_that_come_together_are_versions_of_their_own()
    {
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(Keep);

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => tier.TryWriteAsync(TierBed.Write("k", $"{i}")).AsTask()));

        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.Equal(
            results.Select(static result => result.Version).Order(),
            taken.Earlier.Append(taken.Entry).Select(static version => version.Version)
        );
        Assert.Equal(
            50,
            taken.Earlier.Append(taken.Entry).Select(static version => version.Text()).Distinct(StringComparer.Ordinal).Count()
        );
    }

    [Fact]
    public async Task Another_process_takes_what_one_had_taken_and_did_not_settle()
    {
        await using var bed = new TierBed(server.Address);
        var (first, second) = (await bed.StartAsync(Keep), await bed.StartAsync(Keep));
        for (var i = 0; i < 5; i++)
        {
            await first.WriteAsync("k", $"{i}");
        }

        var leases = await first.AcquireAllAsync("first");
        Assert.Single(await first.TakeAsync(leases, 3));
        await first.ReleasePartitionsAsync(leases, CancellationToken.None);
        await second.WriteAsync("k", "5");

        var taken = Assert.Single(await second.TakeAsync(await second.AcquireAllAsync("second")));

        Assert.Equal(["0", "1", "2", "3", "4", "5"], taken.Earlier.Append(taken.Entry).Select(static version => version.Text()));
    }

    [Fact]
    public async Task A_take_is_bounded_by_bytes()
    {
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(Keep);
        var value = new string('v', 4 << 20);
        for (var i = 0; i < 16; i++)
        {
            await tier.WriteAsync("k", value);
        }

        var leases = await tier.AcquireAllAsync();

        var first = Assert.Single(await tier.TakeAsync(leases));

        Assert.InRange(first.Versions, 1, 9);
        Assert.True(first.HasLater);
        await tier.SettleAsync(first.Stored());
        await tier.FlushAsync();
        Assert.Equal(0, (await tier.DirtyAsync()).Bytes);
    }

    [Fact]
    public async Task Large_versions_in_front_of_many_small_ones_come_in_replies_that_are_read()
    {
        const int Versions = 320;
        var options = PatientOptions.Of(server.Address);
        options.Limits.MaxReplyBytes = 2 << 20;
        await using var provider = new RedisTierProvider(options);
        var tier = provider.Create(
            TierServer.NewCache(),
            new TierOptions
            {
                Partitions = 1,
                MaxValueBytes = 400 << 10,
                KeepsVersions = true,
            }
        );
        await tier.InitializeAsync(CancellationToken.None);
        var large = new string('v', 400 << 10);
        for (var i = 0; i < Versions; i++)
        {
            await tier.WriteAsync("k", i < 20 ? large : "small");
        }

        await tier.WriteAsync("other", large);
        var leases = await tier.AcquireAllAsync();

        var seen = 0;
        while (seen < Versions + 1)
        {
            var taken = await tier.TakeAsync(leases, Versions + 1);
            Assert.NotEmpty(taken);
            seen += taken.Sum(static entry => entry.Versions);
            Assert.Equal(seen <= Versions, taken.HasMore);
            await tier.SettleAsync([.. taken.Select(static entry => entry.Stored())], CancellationToken.None);
        }

        Assert.Equal(Versions + 1, seen);
        Assert.Equal((0, 0), ((await tier.DirtyAsync()).Entries, (await tier.DirtyAsync()).Bytes));
    }

    [Fact]
    public async Task After_a_loss_of_all_data_versions_are_kept_again()
    {
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(Keep);
        for (var i = 0; i < 3; i++)
        {
            await tier.WriteAsync("k", $"{i}");
        }

        foreach (var suffix in new[] { "e:k", "h:k", "s", "q" })
        {
            await server.Process.CliAsync("DEL", bed.Name(Partition.Of("k", 4), suffix));
        }

        await tier.WriteAsync("k", "3");
        await tier.WriteAsync("k", "4");

        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.Equal(["3", "4"], taken.Earlier.Append(taken.Entry).Select(static version => version.Text()));
        await tier.FlushAsync();
        Assert.Equal((0, 0), ((await tier.DirtyAsync()).Entries, (await tier.DirtyAsync()).Bytes));
    }

    [Fact]
    public async Task A_process_of_another_mode_is_refused_while_something_is_dirty_and_changes_it_afterwards()
    {
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(Keep);
        await tier.WriteAsync("k", "1");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => bed.StartAsync());
        Assert.Contains(
            $"Remanso:Caches:{bed.Cache}:WriteMode keeps no versions here, but every version on this Redis, where 1 entries are dirty",
            refused.Message,
            StringComparison.Ordinal
        );

        await tier.FlushAsync();
        var other = await bed.StartAsync();
        await other.WriteAsync("k", "2");
        await Assert.ThrowsAsync<InvalidOperationException>(() => bed.StartAsync(Keep));
    }

    private static void Keep(TierOptions options) => options.KeepsVersions = true;
}
