using System.Collections.Concurrent;
using Remanso.Stores;

namespace Remanso.Acceptance.Tests.Deployments;

/// <summary>What a test does around the saves of a store, and sees of them.</summary>
internal sealed class WatchPoints
{
    /// <summary>Runs before each save.</summary>
    public Func<Task> BeforeSave { get; set; } = static () => Task.CompletedTask;

    /// <summary>Runs when a save has been committed, and before its reply arrives.</summary>
    public Func<Task> AfterSave { get; set; } = static () => Task.CompletedTask;

    /// <summary>What was committed, in its order.</summary>
    public ConcurrentQueue<(string Key, long Version, SaveOutcomeKind Outcome)> Saved { get; } = new();

    /// <summary>The failure of a connection, a deadlock, a time-out: trying again can help.</summary>
    public static StoreException Transient(string what) => new(what, isTransient: true);
}
