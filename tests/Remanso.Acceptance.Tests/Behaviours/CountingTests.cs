using System.Globalization;

namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>Two sessions count, and repeat whatever they are not sure of.</summary>
public sealed class CountingTests(Servers servers)
{
    private static readonly int _times = Scale.IsFull ? 100_000 : 1_500;

    [Theory]
    [EveryCombination]
    public async Task Two_sessions_that_repeat_what_they_are_not_sure_of_count_exactly(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store, static options =>
        {
            options.Flush.Interval = TimeSpan.FromMilliseconds(10);
            options.Tier.MaxIdempotencyKeys = 4 * _times;
        });
        var other = await deployment.JoinAsync();

        await Task.WhenAll(Task.Run(() => CountAsync(deployment.Cache, 1)), Task.Run(() => CountAsync(other, 2)));

        // A version of it is awaited by whoever did not write it last: the sum is the database's.
        await deployment.Cache.IncrementAsync("counter", 0, new WriteOptions { Durability = Durability.Stored });
        Assert.Equal((2 * _times).ToString(CultureInfo.InvariantCulture), (await deployment.Database.ReadAsync("counter"))!.Value);
    }

    private static async Task CountAsync(ICache<string, string> cache, int session)
    {
        var random = new Random(session);
        for (var i = 0; i < _times; i++)
        {
            var named = new WriteOptions { IdempotencyKey = $"{session}-{i}" };
            var first = await cache.IncrementAsync("counter", 1, named);

            // As if no answer had come, once in a while twice.
            for (var again = random.Next(8); again is 6 or 7; again = random.Next(8))
            {
                Assert.Equal(first, await cache.IncrementAsync("counter", 1, named));
            }
        }
    }
}
