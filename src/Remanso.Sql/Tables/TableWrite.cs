namespace Remanso.Sql.Tables;

/// <summary>A write as a dialect saves it.</summary>
/// <param name="Index">Its place in the batch, by which its outcome is told.</param>
/// <param name="Key">The parts of the key, in the types of their columns' <see cref="ColumnKind"/>.</param>
/// <param name="Values">The columns of the value likewise; empty for a delete.</param>
/// <param name="Version">The version.</param>
/// <param name="ExpiresAt">The end of the lifetime in microseconds since 1970, or null.</param>
/// <param name="ContentType">The media type, or null.</param>
internal sealed record TableWrite(int Index, object?[] Key, object?[] Values, long Version, long? ExpiresAt, string? ContentType);
