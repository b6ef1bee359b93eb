namespace Remanso.AspNetCore;

/// <summary>A value that the dashboard is about to show.</summary>
/// <param name="Cache">The cache's name.</param>
/// <param name="Key">The key.</param>
/// <param name="ContentType">The media type that it was stored with; null where there was none.</param>
/// <param name="Bytes">The value.</param>
public sealed record RemansoShownValue(string Cache, string Key, string? ContentType, ReadOnlyMemory<byte> Bytes);
