using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Servers that speak RESP2 only.</summary>
public sealed class OldServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-ERR unknown command 'HELLO', with args beginning with: '3' 'SETNAME' 'remanso'\r\n")]
    [InlineData("-ERR unknown command `HELLO`\r\n")]
    [InlineData("-NOPROTO unsupported protocol version\r\n")]
    public async Task A_server_without_RESP3_is_refused_at_once_in_one_line(string refusal)
    {
        await using var server = new FakeRedis(static (connection, _) => connection.SendAsync("+OK\r\n")) { Hello = refusal };
        await using var client = TestClient.Create(server.Address, static options =>
            options.Timings.ConnectTimeout = options.Timings.CommandTimeout = TimeSpan.FromHours(1)
        );

        var error = await Assert.ThrowsAsync<RedisUnfitException>(() => client.ConnectAsync(Cancellation));

        Assert.Equal(
            $"Redis at 127.0.0.1:{server.Port} speaks RESP2 only; the tier needs RESP3 and Redis 7.0 or later, or Valkey.",
            error.Message
        );
    }

    [Fact]
    public async Task A_real_server_whose_HELLO_was_renamed_away_stops_the_start_of_a_tier()
    {
        await using var server = await RedisProcess.StartAsync("--rename-command", "HELLO", "");
        await using var provider = new RedisTierProvider(RedisOptions.Parse(server.Address));
        await using var tier = provider.Create(TierServer.NewCache(), new TierOptions());

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await tier.InitializeAsync(Cancellation));

        Assert.Contains("speaks RESP2 only", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_repeats_what_it_was_sent_shows_no_password()
    {
        await using var server = await RedisProcess.StartAsync("--rename-command", "HELLO", "");
        await using var client = TestClient.Create(server.Address);

        var error = await Assert.ThrowsAsync<RedisUnfitException>(() => client.ConnectAsync(Cancellation));

        Assert.NotNull(error.InnerException);
        Assert.DoesNotContain(RedisProcess.Password, error.ToString(), StringComparison.Ordinal);
    }
}
