namespace Remanso.Sql.Inspection;

/// <summary>How a default table was found.</summary>
/// <param name="IsThere">Whether it is there and can be used; the start makes it where it isn't.</param>
/// <param name="MissingIndex">The statement that makes the index by which a purge finds its rows; null where there is one.</param>
internal sealed record TableState(bool IsThere, string? MissingIndex = null);
