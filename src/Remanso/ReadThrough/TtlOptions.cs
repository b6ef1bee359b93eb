namespace Remanso;

/// <summary>How long clean copies live.</summary>
public sealed class TtlOptions
{
    /// <summary>The TTL of a clean copy before jitter; 5 minutes unless set; 1 ms to 10 years. Longer: fewer loads,
    /// older data where the store is written behind the cache's back.</summary>
    public TimeSpan Base { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The jitter j: the TTL becomes base × (1 + u), u uniform in [−j, +j]; 0.2 unless set; 0 to below 1.</summary>
    public double Jitter { get; set; } = 0.2;

    /// <summary>The TTL of a known-absent key, before jitter; 30 s unless set. Zero: absence is not cached.</summary>
    public TimeSpan Absent { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long past its TTL an entry is served if the store fails; 5 minutes unless set; 0 turns it off.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromMinutes(5);

    internal TtlOptions Copy() => (TtlOptions)MemberwiseClone();
}
