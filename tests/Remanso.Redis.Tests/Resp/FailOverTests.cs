using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>A master that hangs or is gone, a replica that somebody promotes, and no Sentinel.</summary>
public sealed class FailOverTests
{
    private static readonly TimeSpan _ages = TimeSpan.FromHours(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Writes_go_on_at_a_promoted_replica_before_the_time_outs_of_the_old_master_are_over(bool hangs)
    {
        await using var pair = await RedisPair.StartAsync();
        await using var client = await TestClient.ConnectAsync(RedisProcess.AdminAddressOf(pair.Master, pair.Replica), static options =>
            options.Timings = new()
            {
                ConnectTimeout = _ages,
                CommandTimeout = _ages,
                TopologyRefresh = _ages,
            }
        );
        Assert.True(await client.DoAsync("SET", "k", "old"));

        if (hangs)
        {
            pair.Master.Freeze();
        }
        else
        {
            pair.Master.Kill();
        }
        var write = WriteAsync(client);
        await pair.PromoteAsync();
        await write;

        Assert.Equal("new", await pair.Replica.CliAsync("get", "k"));
        Assert.Equal(pair.Replica.Port, client.MasterOf("k")!.EndPoint.Port);
    }

    [Fact]
    public async Task A_master_that_comes_back_after_another_was_promoted_does_not_take_over()
    {
        await using var pair = await RedisPair.StartAsync();
        await using var client = await TestClient.ConnectAsync(RedisProcess.AdminAddressOf(pair.Master, pair.Replica));
        pair.Master.Freeze();
        await pair.PromoteAsync();
        await WriteAsync(client);
        pair.Master.Thaw();
        await Until.TrueAsync(() => client.Nodes.All(static node => node.IsConnected), "both are connected");

        client.RefreshTopology();
        for (var i = 0; i < 20; i++)
        {
            await client.DoAsync("SET", $"k{i}", "v");
            client.RefreshTopology();
        }

        Assert.Equal(pair.Replica.Port, client.MasterOf("k")!.EndPoint.Port);
        Assert.Equal("20", await pair.Replica.CliAsync("eval", "return #redis.call('KEYS', 'k?*')", "0"));
    }

    private static async Task WriteAsync(RedisClient client)
    {
        while (true)
        {
            try
            {
                await client.DoAsync("SET", "k", "new").AsTask().WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, Cancellation);
                return;
            }
            catch (RedisException)
            {
                // Whoever writes tries again.
            }
        }
    }
}
