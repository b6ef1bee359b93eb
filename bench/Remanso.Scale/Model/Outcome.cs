namespace Remanso.Scale.Model;

/// <summary>What came of a deployment.</summary>
/// <param name="PerSecond">Calls that ended.</param>
/// <param name="P50">Half took at most so many seconds.</param>
/// <param name="P99">All but one in a hundred.</param>
/// <param name="RowsPerSecond">Rows stored.</param>
/// <param name="WritesInCall">Writes that went to Redis together.</param>
/// <param name="DirtyGrowth">Dirty entries that came on top each second: the mean of the second half less that of the first.</param>
/// <param name="Utilisations">How busy each kind of station was, the busiest of its kind.</param>
internal sealed record Outcome(
    double PerSecond,
    double P50,
    double P99,
    double RowsPerSecond,
    double WritesInCall,
    double DirtyGrowth,
    IReadOnlyDictionary<string, double> Utilisations
)
{
    /// <summary>The kind of station that was busiest.</summary>
    public string Limit => Utilisations.MaxBy(static pair => pair.Value).Key;
}
