using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>What a process says of itself where both of its servers are away.</summary>
public sealed class ReadinessTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_Redis_and_the_database_away_both_are_named(bool fromTheStart)
    {
        await using var server = await RedisProcess.StartAsync();
        var store = new UnreachableStore { IsReachable = !fromTheStart };
        if (fromTheStart)
        {
            server.Kill();
        }

        await using var process = await UnreachableStore.StartAsync(server.Address, store);
        server.Kill();
        store.IsReachable = false;
        // Somebody has to have missed Redis.
        await Assert.ThrowsAnyAsync<Exception>(() => process.Cache.SetAsync("k", "v").AsTask());
        await Until.TrueAsync(
            () =>
                process.Problem is { } problem
                && (
                    problem.Contains("the tier can't be reached", StringComparison.Ordinal)
                    || problem.Contains("Redis", StringComparison.Ordinal)
                )
                && problem.Contains(UnreachableStore.Name, StringComparison.Ordinal),
            "both are named"
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_start_with_Redis_and_the_database_away_names_both_before_anybody_has_missed_either(bool throwsLater)
    {
        await using var server = await RedisProcess.StartAsync();
        server.Kill();
        var store = new UnreachableStore { ThrowsLater = throwsLater };

        await using var process = await UnreachableStore.StartAsync($"redis://127.0.0.1:{server.Port}", store);

        Assert.Contains($"127.0.0.1:{server.Port}", process.Problem, StringComparison.Ordinal);
        Assert.Contains(UnreachableStore.Name, process.Problem, StringComparison.Ordinal);
    }
}
