using System.Diagnostics.CodeAnalysis;

namespace Remanso.Server.Tests.Dashboard;

/// <summary>Caches without entries, whose figures come when the test lets them, and are counted.</summary>
internal sealed class AskedRegistry(params string[] names) : ICacheRegistry
{
    private int _asked;

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>What every question waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public Func<string, CacheStatistics> Figures { get; set; } = static _ => new ScriptedCache().Statistics;

    public List<string> Problems { get; } = [];

    public List<string> Warnings { get; } = [];

    /// <summary>What the question for problems throws.</summary>
    public Exception? Fault { get; set; }

    public IReadOnlyList<string> Names => names;

    public string TierDescription => "asked";

    public string StoreDescription => "none";

    public string Promise => "Nothing.";

    public bool OnlyLoadsFail => false;

    public bool TryGet<TKey, TValue>(string name, [NotNullWhen(true)] out ICache<TKey, TValue>? cache)
        where TKey : notnull
    {
        cache = null;
        return false;
    }

    public int GetMaxValueBytes(string name) => 1024;

    public CacheOptions GetOptions(string name) => new();

    public async ValueTask<IReadOnlyDictionary<string, CacheStatistics>> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _asked);
        await Gate;
        return names.ToDictionary(static name => name, Figures, StringComparer.Ordinal);
    }

    public async ValueTask<IReadOnlyList<RemansoProcess>> GetProcessesAsync(CancellationToken cancellationToken = default)
    {
        await Gate;
        return [];
    }

    public IDisposable Observe(Action<CacheEvent> observer, CacheEventKinds kinds = CacheEventKinds.All, string? cache = null) =>
        throw new NotSupportedException();

    public IReadOnlyList<string> GetWarnings() => [.. Warnings];

    public IReadOnlyList<string> GetProblems() => Fault is { } fault ? throw fault : [.. Problems];
}
