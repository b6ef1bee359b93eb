namespace Remanso.AspNetCore.Security.Guards;

/// <summary>Who asks, or why it is not known.</summary>
/// <param name="Access">What the caller may do; nothing where it is unknown.</param>
/// <param name="Refusal">Why it is unknown; null where it is known.</param>
/// <param name="Id">Who it is, or says it is, in the audit log.</param>
/// <param name="IsNamed">Whether a key, a token or the application says who it is.</param>
internal readonly record struct Caller(RemansoAccess Access, Refusal? Refusal, string Id, bool IsNamed)
{
    /// <summary>Somebody who needs no name.</summary>
    public static readonly Caller Anybody = new(RemansoAccess.Everything, null, RemansoAccess.Everything.Id, IsNamed: false);

    /// <summary>A caller with a name.</summary>
    public static Caller Known(RemansoAccess access) => new(access, null, access.Id, IsNamed: true);

    /// <summary>A caller who can't be told.</summary>
    public static Caller Unknown(Refusal refusal, string id = "-") => new(RemansoAccess.Nothing, refusal, id, IsNamed: false);
}
