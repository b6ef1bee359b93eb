using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>What became of a batch.</summary>
internal sealed class SavedBatch
{
    /// <summary>What the tier is to settle.</summary>
    public List<Settlement> Settlements { get; } = [];

    /// <summary>What it has settled already, while others of the batch failed.</summary>
    public List<Settlement> Settled { get; } = [];

    /// <summary>Both.</summary>
    public List<Settlement> All => Settled.Count == 0 ? Settlements : [.. Settled, .. Settlements];

    /// <summary>Whether anything was stored, or is a dead letter.</summary>
    public bool HasProgress => Settled.Count + Settlements.Count > 0;

    /// <summary>What the store refused and is no dead letter yet.</summary>
    public List<(TakenEntry Entry, string Error)> Refused { get; } = [];

    /// <summary>The last error by which one of these was refused.</summary>
    public Exception? RefusedBy { get; set; }

    /// <summary>The passing error of a store that took nothing; null for none.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What was not tried, or only together with others.</summary>
    public List<TakenEntry> Untried { get; } = [];

    /// <summary>Whether the store can take more now.</summary>
    public bool IsComplete => Failure is null && Untried.Count == 0;
}
