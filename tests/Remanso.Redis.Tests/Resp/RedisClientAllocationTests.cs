using Remanso.Redis.Resp;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Alone: what is allocated is counted over the whole process.</summary>
[CollectionDefinition(nameof(RedisClientAllocationTests), DisableParallelization = true)]
[Collection(nameof(RedisClientAllocationTests))]
public sealed class RedisClientAllocationTests(RedisServer server) : IClassFixture<RedisServer>
{
    [Fact]
    public async Task A_steady_state_allocates_next_to_nothing_per_command()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        await client.DoAsync("SET", "alloc:k", "v");
        async Task RunAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                await client.ExecuteAsync(RedisRoute.FirstKey, static (ref reply) => reply.ReadBytes().Length, default, "GET", "alloc:k");
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => RunAsync(500)));
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => RunAsync(5_000)));
        var perCommand = (GC.GetTotalAllocatedBytes(precise: true) - before) / (16.0 * 5_000);
        // One object per command would be 24 bytes and more.
        Assert.InRange(perCommand, 0, 12);
    }
}
