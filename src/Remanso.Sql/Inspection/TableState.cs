namespace Remanso.Sql.Inspection;

/// <summary>How a default table was found.</summary>
internal enum TableState
{
    /// <summary>It can be used.</summary>
    Fits,

    /// <summary>It is not there; the start makes it.</summary>
    Missing,
}
