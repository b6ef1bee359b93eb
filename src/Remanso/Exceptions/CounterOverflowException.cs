namespace Remanso;

/// <summary>The number that a merge would leave exceeds 64 bits, or is no value of the cache's type; nothing was written.</summary>
public sealed class CounterOverflowException : Exception
{
    /// <summary>Of a sum that exceeds 64 bits.</summary>
    /// <param name="key">The key, in its tier form.</param>
    /// <param name="by">What was to be added.</param>
    /// <param name="currentVersion">The key's version now.</param>
    public CounterOverflowException(string key, long by, long currentVersion)
        : this(key, currentVersion, NoRoom(key, by, "it would exceed 64 bits")) { }

    internal CounterOverflowException(string key, Merge merge, long currentVersion)
        : this(key, currentVersion, Describe(key, merge)) { }

    private CounterOverflowException(string key, long currentVersion, string message)
        : base(message) => (Key, CurrentVersion) = (key, currentVersion);

    /// <summary>The key, in its tier form.</summary>
    public string Key { get; }

    /// <summary>The key's version now.</summary>
    public long CurrentVersion { get; }

    private static string Describe(string key, Merge merge) =>
        merge switch
        {
            { Range: null } => NoRoom(key, merge.Number, "it would exceed 64 bits"),
            { Kind: MergeKind.Add, Range: var (least, most) } => NoRoom(key, merge.Number, $"the cache's numbers are {least} to {most}"),
            { Range: var (least, most) } => $"The number of '{key}' would be none of the cache's, which are {least} to {most}.",
        };

    private static string NoRoom(string key, long by, string why) => $"The number of '{key}' has no room for {by} more: {why}.";
}
