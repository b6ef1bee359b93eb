using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>A take whose server is lost fails once, as a whole: no error of a part of it is left to nobody.</summary>
public sealed class LostTakeTests
{
    [Fact]
    public async Task What_is_read_of_a_queue_together_leaves_no_error_that_nobody_looked_at()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var connection = ScriptWatch.Connect(server.Address, out var client);
        await using var tier = new RedisTier(TierServer.NewCache(), new TierOptions { Partitions = 4 }, connection);
        await tier.InitializeAsync(TestContext.Current.CancellationToken);
        await tier.WriteAsync("k", "v");
        var leases = await tier.AcquireAllAsync();
        // The state and the markers, which are asked for together.
        client.IsLost = static command => command.ToString() is "GET" or "XRANGE";

        var overlooked = new ConcurrentQueue<string>();
        void Hear(object? sender, UnobservedTaskExceptionEventArgs told) => overlooked.Enqueue(told.Exception.ToString());
        TaskScheduler.UnobservedTaskException += Hear;
        try
        {
            for (var i = 0; i < 3; i++)
            {
                await TakeInVainAsync(tier, leases);
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Hear;
        }

        // Of other tests there may be others.
        Assert.DoesNotContain(overlooked, static error => error.Contains(nameof(QueueReader), StringComparison.Ordinal));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task TakeInVainAsync(RedisTier tier, IReadOnlyList<PartitionLease> leases) =>
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await tier.TakeAsync(leases));
}
