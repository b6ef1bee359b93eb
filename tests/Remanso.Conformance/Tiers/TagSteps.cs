using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>The steps of tests with tags.</summary>
internal static class TagSteps
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    public static ValueTask RemoveAsync(ICacheTier tier, params string[] tags) => tier.RemoveByTagAsync(tags, CancellationToken.None);

    /// <summary>Misses and fills a key, as a load would, and must succeed.</summary>
    public static async Task FillAsync(ICacheTier tier, string key, params string[] tags)
    {
        var lease = await tier.LeaseAsync(key);
        Assert.True((await tier.FillAsync(Loaded(key, lease, 42, tags))).Filled);
    }

    public static FillRequest Loaded(
        string key,
        long lease,
        long version,
        string[] tags,
        TimeSpan? ttl = null,
        TimeSpan? grace = null,
        string value = "v"
    ) =>
        new()
        {
            Key = key,
            Lease = lease,
            Value = TierSteps.Bytes(value),
            Version = version,
            Tags = tags,
            Ttl = ttl ?? _hour,
            Grace = grace ?? TimeSpan.Zero,
        };

    public static TierWrite Tagged(string key, params string[] tags) =>
        new()
        {
            Key = key,
            Value = TierSteps.Bytes("v"),
            Tags = tags,
        };
}
