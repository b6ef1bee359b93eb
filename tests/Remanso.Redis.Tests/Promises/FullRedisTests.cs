using System.Globalization;
using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A Redis without a byte to spare, which evicts nothing.</summary>
public sealed class FullRedisTests
{
    private static readonly string _value = new('v', 10_000);

    [Fact]
    public async Task A_worker_starts_takes_settles_and_frees_where_nothing_more_fits()
    {
        await using var server = await RedisProcess.StartAsync("--maxmemory", "8mb", "--maxmemory-policy", "noeviction");
        var address = server.Address;
        var store = new ScriptedStore();
        var written = 0;
        await using (var api = await Node.StartAsync(address, store, flushes: false))
        {
            await Assert.ThrowsAsync<BackPressureException>(async () =>
            {
                for (; written < 5000; written++)
                {
                    await api.Texts.SetAsync($"{written}", _value);
                }
            });
        }

        // Whoever filled it is gone, and so is what any process had stated: nothing but what is dirty is left.
        await server.CliAsync("DEL", "rm:{texts}:meta", "rm:{counters}:meta", "rm:{texts}:workers");
        await server.CliAsync("CONFIG", "SET", "maxmemory", "1");

        await using var worker = await Node.StartAsync(address, store);
        await Until.TrueAsync(() => store.Rows.Count == written, "the store has all of it");
        Assert.True(written > 100);
        Assert.Null(worker.Problem);
        await Until.TrueAsync(
            async () =>
                !(await worker.Texts.GetAsync("0", ReadFrom.Tier)).Found
                && !(await worker.Texts.GetAsync($"{written - 1}", ReadFrom.Tier)).Found,
            "no copy is kept where memory is short"
        );

        await server.CliAsync("CONFIG", "SET", "maxmemory", "8mb");
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return (await worker.Texts.SetAsync("again", _value, Node.Stored)).Version > 0;
                }
                catch (BackPressureException)
                {
                    return false;
                }
            },
            "there is room again: what is stored goes where memory is short"
        );
    }

    [Fact]
    public async Task Writes_are_refused_before_Redis_has_to_say_no()
    {
        await using var server = await RedisProcess.StartAsync("--maxmemory", "12mb", "--maxmemory-policy", "noeviction");
        await using var node = await Node.StartAsync(server.Address, new ScriptedStore(), flushes: false);
        // A first look has to have been had.
        await server.LookedAtAsync();
        await Assert.ThrowsAsync<BackPressureException>(async () =>
        {
            for (var i = 0; i < 5000; i++)
            {
                await node.Texts.SetAsync($"{i}", _value);
            }
        });
        var used = (await server.CliAsync("INFO", "memory"))
            .Split('\n', StringSplitOptions.TrimEntries)
            .First(static line => line.StartsWith("used_memory:", StringComparison.Ordinal));
        Assert.True(long.Parse(used["used_memory:".Length..], CultureInfo.InvariantCulture) < 12 << 20);
        Assert.DoesNotContain("errorstat_OOM", await server.CliAsync("INFO", "errorstats"), StringComparison.Ordinal);
    }
}
