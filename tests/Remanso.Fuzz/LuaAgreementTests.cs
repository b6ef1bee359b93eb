using System.Text;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Tiers;
using Remanso.Fuzz.Engine;
using Remanso.Fuzz.Targets;
using Remanso.Redis;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Fuzz;

/// <summary>json.lua on a real Redis makes the same bytes as the memory tier of every patch and element, and refuses the same: of the
/// corpora of both, and of mutations of them.</summary>
public sealed class LuaAgreementTests(RedisServer server) : IClassFixture<RedisServer>, IAsyncLifetime
{
    private const int Seed = 15;
    private const int Mutations = 700;

    private readonly RedisTierProvider _provider = new(RedisOptions.Parse(server.Address));
    private readonly MemoryTier _memory = new("memory", new TierOptions(), TimeProvider.System);
    private ICacheTier _redis = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = _provider.Create("lua", new TierOptions());
        await _redis.InitializeAsync(CancellationToken.None);
        await _memory.InitializeAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _memory.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task A_patch_makes_the_same_of_any_bytes() => await AgreeAsync(JsonPatchTarget.Target, static input => PatchOf(input));

    [Fact]
    public async Task An_append_makes_the_same_of_any_bytes() => await AgreeAsync(JsonAppendTarget.Target, static input => AppendOf(input));

    private static (Merge? Merge, byte[] Value) PatchOf(byte[] input)
    {
        var (patch, value) = JsonPatchTarget.Split(input);
        return (Readable(() => Merge.Patch(patch)), value);
    }

    private static (Merge? Merge, byte[] Value) AppendOf(byte[] input)
    {
        var (element, value) = JsonPatchTarget.Split(input.Length == 0 ? input : input[1..]);
        var cap = input.Length == 0 ? 0 : input[0] % 5;
        return (Readable(() => Merge.Append(element, cap == 0 ? null : cap)), value);
    }

    private static Merge? Readable(Func<Merge> make)
    {
        try
        {
            return make();
        }
        catch (InvalidMergeException)
        {
            return null;
        }
    }

    private async Task AgreeAsync(FuzzTarget target, Func<byte[], (Merge? Merge, byte[] Value)> parts)
    {
        var (corpus, mutator) = (CorpusFiles.Read(target), new Mutator(target, Seed));
        var inputs = corpus.Concat(Enumerable.Range(0, Mutations).Select(_ => mutator.Next(corpus)));
        foreach (var (input, (merge, value)) in inputs.Select(input => (input, parts(input))))
        {
            if (merge is not null)
            {
                var memory = await MergedAsync(_memory, merge, value);
                var redis = await MergedAsync(_redis, merge, value);
                Assert.True(memory == redis, $"{Convert.ToBase64String(input)}: memory {memory}, Redis {redis}");
            }
        }
    }

    private static async Task<(TierWriteOutcome, long, string)> MergedAsync(ICacheTier tier, Merge merge, byte[] value)
    {
        await tier.TryWriteAsync(new TierWrite { Key = "k", Value = value });
        var result = await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = merge });
        return (result.Outcome, result.Number, Encoding.Latin1.GetString((await tier.HitAsync("k")).Value.Span));
    }
}
