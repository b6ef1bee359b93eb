namespace Remanso;

/// <summary>When rows that are gone (tombstones, and rows past their lifetime) are removed from the default table.</summary>
public sealed class PurgeOptions
{
    /// <summary>For how long a row stays after it was deleted or its lifetime ended; 1 day unless set; 1 minute to 10
    /// years, or 0: for ever. While it is there, a write that comes late can't bring back what was deleted: longer than
    /// a worker could hang. The rows of dead letters stay in any case. Longer: more rows in the table.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often a worker looks for such rows; 1 minute unless set; 1 second to 1 day.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The most rows removed in one transaction; 500 unless set; 1 to 10,000. Fewer: a flush waits less for
    /// the database.</summary>
    public int BatchSize { get; set; } = 500;

    internal PurgeOptions Copy() => (PurgeOptions)MemberwiseClone();
}
