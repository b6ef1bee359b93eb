namespace Remanso.Tiers;

/// <summary>A worker that is alive, as far as its last heartbeat tells.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Standing">How long it has lived.</param>
/// <param name="IsSilent">Whether its next heartbeat is late: it may be dead.</param>
internal readonly record struct LivingWorker(string Name, WorkerStanding Standing, bool IsSilent)
{
    /// <summary>Who was silent for longer is late: <see cref="WriteBehind.PartitionLeases.KeepEvery"/>. To think so of one that lives
    /// costs little, for its leases are in force.</summary>
    public static TimeSpan LongestSilence { get; } = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan _longestTrial = TimeSpan.FromSeconds(10);

    /// <summary>For how long a worker is on trial, whose heartbeats and leases last so long.</summary>
    public static TimeSpan TrialOf(TimeSpan lease) => lease < _longestTrial ? lease : _longestTrial;
}

/// <summary>How long a worker has lived.</summary>
internal enum WorkerStanding
{
    /// <summary>Longer than its trial.</summary>
    Settled,

    /// <summary>It has only just begun, and may end as soon.</summary>
    OnTrial,

    /// <summary>It is of a version that does not tell: such a one shares with all whom it sees, from the first moment.</summary>
    Untold,
}
