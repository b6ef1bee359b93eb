namespace Remanso.AspNetCore.Security.Keys;

/// <summary>A key and the hash of its text.</summary>
internal sealed record StoredKey(RemansoKey Key, byte[] Sha256);
