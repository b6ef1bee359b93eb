using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Calls for many keys, which lie on servers of their own.</summary>
public sealed class RedisCallsTests
{
    private readonly RedisCalls _calls = new(null!, TimeProvider.System);

    public RedisCallsTests() => _calls.Open();

    [Theory]
    [InlineData("none", "none", false)]
    [InlineData("none", "done", true)]
    [InlineData("done", "none", true)]
    [InlineData("none", "maybe", true)]
    [InlineData("maybe", "none", true)]
    [InlineData("done", "maybe", true)]
    public async Task That_nothing_happened_is_said_only_where_it_is_true_of_all(string first, string second, bool mayHaveHappened)
    {
        var error = await Assert.ThrowsAsync<TierUnavailableException>(async () =>
            await _calls.RunAllAsync([first, second], static (_, fate, _) => BefallAsync(fate), CancellationToken.None)
        );

        Assert.Equal(mayHaveHappened, error.MayHaveHappened);
    }

    private static ValueTask<bool> BefallAsync(string fate) =>
        fate == "done" ? new(true) : throw new RedisConnectionException("gone", mayHaveRun: fate == "maybe");
}
