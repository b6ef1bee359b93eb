using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers.Journal;

/// <summary>A memory tier over a journal that outlives it.</summary>
internal sealed class JournalBed : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private MemoryTierProvider _provider;

    private readonly bool _keepsVersions;

    private JournalBed(ManualTimeProvider time, bool keepsVersions)
    {
        _keepsVersions = keepsVersions;
        Time = time;
        _provider = new MemoryTierProvider(time, Journal);
    }

    public ManualTimeProvider Time { get; private set; }

    public ScriptedJournal Journal { get; } = new();

    public ICacheTier Tier { get; private set; } = null!;

    public static async Task<JournalBed> StartAsync(bool keepsVersions = false)
    {
        var bed = new JournalBed(new ManualTimeProvider(), keepsVersions);
        await bed.OpenAsync();
        return bed;
    }

    /// <summary>The process dies, and another one starts: it has what the journal has.</summary>
    public async Task RestartAsync(ManualTimeProvider? time = null)
    {
        Time = time ?? Time;
        _provider = new MemoryTierProvider(Time, Journal);
        await OpenAsync();
    }

    /// <summary>Waits until a version is as durable as <c>Logged</c> is.</summary>
    public async Task LoggedAsync(string key, long version) =>
        await Tier.EnsureAsync(key, version, Durability.Logged, _patience, CancellationToken.None).AsTask().WaitAsync(_patience);

    /// <summary>Writes a key and waits for its commit.</summary>
    public async Task<long> WriteLoggedAsync(string key, string value)
    {
        var version = await Tier.WriteAsync(key, value);
        await LoggedAsync(key, version);
        return version;
    }

    /// <summary>Closes the tier as a graceful stop does.</summary>
    public async Task CloseAsync() => await _provider.DisposeAsync();

    public async ValueTask DisposeAsync() => await _provider.DisposeAsync();

    private async Task OpenAsync()
    {
        Tier = _provider.Create("test", new TierOptions { Partitions = 4, KeepsVersions = _keepsVersions });
        Assert.NotNull(Tier.WhyNot(Durability.Replicated));
        await Tier.InitializeAsync(CancellationToken.None);
    }
}
