namespace Remanso.AspNetCore.Security.Keys;

/// <summary>A key as its file knows it: everything but the secret.</summary>
/// <param name="Id">Its identifier, the second part of its text. It is no secret and stands in the audit log.</param>
/// <param name="Name">What it is for. Two keys may have one name, so that one can take the other's place.</param>
/// <param name="Grant">What it may do.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Expires">From when on it is refused; null for never.</param>
public sealed record RemansoKey(string Id, string Name, RemansoGrant Grant, DateTimeOffset Created, DateTimeOffset? Expires)
{
    /// <summary>Whether it is refused for its age.</summary>
    /// <param name="now">The time to compare with.</param>
    public bool IsExpired(DateTimeOffset now) => Expires <= now;
}
