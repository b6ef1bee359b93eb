namespace Remanso.Server.Tests.Fuzz;

/// <summary>What one client knows of the entries that it alone writes.</summary>
internal sealed class EntryModel
{
    private readonly Dictionary<string, Known> _entries = new(StringComparer.Ordinal);

    public enum Kind
    {
        Absent,
        Number,
        Json,
        Text,
    }

    public Known this[string key] => _entries.GetValueOrDefault(key);

    public void Set(string key, Kind kind, string? tag) => _entries[key] = new Known(kind, tag);

    /// <param name="Kind">What is there.</param>
    /// <param name="Tag">Its entity tag; null where it is not known.</param>
    public readonly record struct Known(Kind Kind, string? Tag)
    {
        public bool IsThere => Kind != Kind.Absent;
    }
}
