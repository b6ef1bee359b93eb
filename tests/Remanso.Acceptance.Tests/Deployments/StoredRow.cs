namespace Remanso.Acceptance.Tests.Deployments;

/// <summary>A row as somebody else sees it.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Deleted">Whether it is a tombstone.</param>
/// <param name="Value">Its value as text; null where it has none.</param>
/// <param name="Columns">Every column that the table has, in words: two of these are equal only if nothing changed.</param>
internal sealed record StoredRow(long Version, bool Deleted, string? Value, string Columns);
