namespace Remanso.Sql.Tables;

/// <summary>A row as a dialect loads it.</summary>
/// <param name="Key">The parts of the key, in the types of their columns' <see cref="ColumnKind"/>.</param>
/// <param name="Values">The columns of the value likewise, null for NULL.</param>
/// <param name="Version">The version; 0 for NULL.</param>
/// <param name="Deleted">Whether it is a tombstone.</param>
/// <param name="ExpiresAt">The end of the lifetime in microseconds since 1970, or null.</param>
/// <param name="ContentType">The media type, or null.</param>
internal sealed record TableRow(object?[] Key, object?[] Values, long Version, bool Deleted, long? ExpiresAt, string? ContentType);
