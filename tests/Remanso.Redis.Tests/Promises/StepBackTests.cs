using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>The tokens of a partition only grow: a reader that sees one go back knows that Redis forgot, whatever else
/// gives no sign of it.</summary>
public sealed class StepBackTests : IAsyncLifetime
{
    private readonly RecordingLog _log = new();
    private RedisProcess _server = null!;
    private TierBed _bed = null!;
    private ICacheTier _tier = null!;

    [Theory]
    [InlineData(6)]
    [InlineData(1)]
    public async Task A_partition_whose_token_went_back_is_void_with_the_first_read(int seconds)
    {
        await _tier.FillAsync("clean", "v", 42);
        await _tier.HitAsync("clean");
        var observer = new RecordingObserver();
        using var subscription = _tier.Subscribe(observer);

        await SetBackAsync(seconds);

        await _tier.AssertMissAsync("clean");
        await observer.HeardAsync("cleared");
    }

    [Fact]
    public async Task What_is_dirty_in_it_has_returned()
    {
        // A token that was seen.
        await _tier.LeaseAsync("other");
        var version = await _tier.WriteAsync("dirty", "v");
        await _tier.HitAsync("dirty");

        await SetBackAsync(seconds: 6);

        var read = await _tier.ReadAsync("dirty");
        Assert.Equal((TierReadOutcome.Stale, version, true), (read.Outcome, read.Entry!.Version, read.Entry!.HasReturned));
    }

    [Fact]
    public async Task A_reply_that_is_looked_at_late_is_no_step_back_however_far_the_token_went_on()
    {
        await using var connection = ScriptWatch.Connect(_server.Address, out var client, log: _log);
        await using var tier = new RedisTier(_bed.Cache, new TierOptions { Partitions = 1 }, connection);
        await tier.InitializeAsync(TestContext.Current.CancellationToken);
        await _tier.FillAsync("clean", "v", 42);
        // Nobody took a lease for a minute.
        await SetBackAsync(seconds: 60);
        var look = new Gate();

        client.BeforeLook = () => look.PassAsync();
        var late = tier.ReadAsync("clean");
        client.BeforeLook = static () => Task.CompletedTask;
        await look.ArrivedAsync();
        await _tier.LeaseAsync("other");
        await tier.HitAsync("clean");
        look.Open();

        Assert.Equal(TierReadOutcome.Hit, (await late).Outcome);
        await tier.HitAsync("clean");
        Assert.DoesNotContain(_log.Lines, IsStepBack);
    }

    [Fact]
    public async Task It_is_told_once_for_a_cache_with_its_name_and_how_many_partitions()
    {
        await using var many = new TierBed(_server.Address, log: _log);
        var wide = await many.StartAsync(static options => options.Partitions = 16);
        string[] keys = [.. Enumerable.Range(0, 64).Select(static i => $"k{i}")];
        foreach (var key in keys)
        {
            await wide.FillAsync(key, "v", 42);
            await wide.HitAsync(key);
        }
        for (var partition = 0; partition < 16; partition++)
        {
            await SetBackAsync(seconds: 6, many.Name(partition, "s"));
        }

        await Task.WhenAll(keys.Select(key => wide.AssertMissAsync(key)));

        var line = Assert.Single(_log.Lines, IsStepBack);
        Assert.Contains($"Cache {many.Cache}:", line, StringComparison.Ordinal);
        Assert.Contains("16 partitions", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_with_older_data_is_no_step_back_for_it_is_told_by_the_server()
    {
        await _tier.FillAsync("clean", "v", 42);
        await _tier.HitAsync("clean");
        await SetBackAsync(seconds: 6);
        await _server.CliAsync("SAVE");
        _server.Kill();
        await _server.StartAgainAsync();

        await _tier.AssertMissAsync("clean");

        Assert.DoesNotContain(_log.Lines, IsStepBack);
        // From here on one is seen again.
        await _tier.FillAsync("clean", "v", 43);
        await _tier.HitAsync("clean");
        await SetBackAsync(seconds: 6);
        await _tier.AssertMissAsync("clean");
        Assert.Single(_log.Lines, IsStepBack);
    }

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartAsync();
        _bed = new TierBed(_server.Address, log: _log);
        _tier = await _bed.StartAsync(static options => options.Partitions = 1);
    }

    public async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static bool IsStepBack(string line) => line.Contains("without a restart or a fail-over", StringComparison.Ordinal);

    /// <summary>Sets the last token of a fill lease back.</summary>
    private Task<string> SetBackAsync(int seconds, string? state = null) =>
        _server.CliAsync(
            "EVAL",
            "local token = struct.unpack('<d', redis.call('GETRANGE', KEYS[1], 64, 71)) return redis.call('SETRANGE', "
                + "KEYS[1], 64, struct.pack('<d', token - ARGV[1] * 1000000))",
            "1",
            state ?? _bed.Name(0, "s"),
            $"{seconds}"
        );
}
