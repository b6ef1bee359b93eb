namespace Remanso.Acceptance.Tests.Combinations;

/// <summary>Which database the writes come to.</summary>
public enum StoreKind
{
    /// <summary>A file.</summary>
    Sqlite,

    /// <summary>A PostgreSQL server.</summary>
    Postgres,

    /// <summary>A MariaDB server.</summary>
    MariaDb,
}
