using Remanso.Stores;

namespace Remanso.Sql.Inspection;

/// <summary>Looks at a database as the start of its stores does, and leaves it as it was. Failures are
/// <see cref="StoreException"/>s in one line, as those of stores.</summary>
internal interface IStoreInspection
{
    /// <summary>The file, where the database is one of this machine's; null for a server and for memory.</summary>
    string? Path { get; }

    /// <summary>The hosts that it is reached at, without the local ones; empty where nothing leaves this machine.</summary>
    IReadOnlyList<string> RemoteHosts { get; }

    /// <summary>Whether the address sees to it that what travels is encrypted.</summary>
    bool IsEncrypted { get; }

    /// <summary>Connects, and says engine and version.</summary>
    Task<string> GetVersionAsync(CancellationToken cancellationToken);

    /// <summary>Why the version does not do; null where it does.</summary>
    string? WhyNot(string version);

    /// <summary>The shortest of a few round trips on an open connection; null where there is no server.</summary>
    Task<TimeSpan?> MeasureAsync(TimeProvider time, CancellationToken cancellationToken);

    /// <summary>Its clock, microseconds since 1970; null where it has none of its own.</summary>
    Task<long?> GetTimeAsync(CancellationToken cancellationToken);

    /// <summary>Looks at a default table, or its history.</summary>
    /// <exception cref="StoreException">The table can't be used.</exception>
    Task<TableState> CheckTableAsync(bool isHistory, CancellationToken cancellationToken);

    /// <summary>Makes what is missing and writes a row in a transaction that is rolled back.</summary>
    /// <param name="withHistory">Whether a cache keeps every version.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What could not be tried and why; null where all could.</returns>
    /// <exception cref="StoreException">A right is missing, or a trigger changes what is written.</exception>
    Task<string?> TryWritingAsync(bool withHistory, CancellationToken cancellationToken);
}
