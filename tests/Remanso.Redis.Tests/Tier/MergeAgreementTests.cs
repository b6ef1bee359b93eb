using System.Text;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Lua and C# make the same of the same, byte for byte, and refuse the same.</summary>
public sealed class MergeAgreementTests(TierServer server) : IAsyncLifetime
{
    private const int Samples = 3000;

    private static readonly NumberRange[] _ranges =
    [
        new(sbyte.MinValue, sbyte.MaxValue),
        new(0, byte.MaxValue),
        new(-9999999999, 10000000000),
        new(0, long.MaxValue),
        new(long.MinValue, 9007199254740993),
    ];

    private readonly RedisTierHarness _harness = new(server.Address);
    private readonly MemoryTier _memory = new("memory", new TierOptions(), TimeProvider.System);
    private ICacheTier _redis = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await _harness.CreateTierAsync(new TierOptions());
        await _memory.InitializeAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _memory.DisposeAsync();
        await _harness.DisposeAsync();
    }

    [Fact]
    public async Task A_patch_makes_the_same_bytes_of_any_text()
    {
        for (var seed = 0; seed < Samples; seed++)
        {
            var samples = new JsonSamples(seed);
            var target = samples.Document();
            if (samples.Next(3) == 0)
            {
                target = samples.Damaged(target);
            }

            await AgreeAsync(seed, target, Merge.Patch(samples.Patch()));
        }
    }

    [Fact]
    public async Task An_append_makes_the_same_bytes_of_any_text()
    {
        for (var seed = 0; seed < Samples; seed++)
        {
            var samples = new JsonSamples(seed);
            var target = samples.Array();
            if (samples.Next(3) == 0)
            {
                target = samples.Damaged(target);
            }

            await AgreeAsync(seed, target, Merge.Append(samples.Document(), samples.Next(6) is > 0 and var cap ? cap : null));
        }
    }

    [Fact]
    public async Task A_merge_of_numbers_makes_the_same_text_of_any_text()
    {
        string[] texts =
        [
            "0",
            "-0",
            "+1",
            "007",
            "1",
            "-1",
            "9999999999",
            "10000000000",
            "-10000000000",
            "9007199254740993",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "",
            "x",
            "1.0",
            "1 ",
            "00000000000000000000000000000001",
            "000000000000000000000000000000001",
        ];
        long[] numbers =
        [
            0,
            1,
            -1,
            7,
            9999999999,
            10000000000,
            -9999999999,
            9007199254740992,
            long.MaxValue,
            long.MinValue,
            long.MaxValue - 1,
        ];
        foreach (var text in texts)
        {
            foreach (var number in numbers)
            {
                foreach (var merge in (Merge[])[Merge.Add(number), Merge.Max(number), Merge.Min(number)])
                {
                    await AgreeAsync(0, text, merge);
                    foreach (var range in _ranges)
                    {
                        await AgreeAsync(0, text, merge.Within(range));
                    }
                }
            }
        }
    }

    private async Task AgreeAsync(int seed, string target, Merge merge)
    {
        var outcomes = new List<(TierWriteOutcome, long, bool, string)>();
        foreach (var tier in (ICacheTier[])[_memory, _redis])
        {
            var before = await tier.WriteAsync("k", target);
            var result = await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = merge });
            Assert.Equal(result.Kept, result.Outcome == TierWriteOutcome.Accepted && result.Version == before);
            outcomes.Add((result.Outcome, result.Number, result.Kept, (await tier.HitAsync("k")).Text()));
        }

        Assert.True(
            outcomes[0] == outcomes[1],
            $"Seed {seed}: {merge.Kind} {Encoding.UTF8.GetString(merge.Json.Span)} {merge.Number} within {merge.Range} on {target}: memory "
                + $"{outcomes[0]}, Redis {outcomes[1]}"
        );
    }
}
