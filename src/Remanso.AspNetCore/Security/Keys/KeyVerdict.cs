using Remanso.AspNetCore.Security.Authentication;

namespace Remanso.AspNetCore.Security.Keys;

/// <summary>What became of a key that was shown.</summary>
/// <param name="Outcome">Whether it is valid, or what is wrong with it.</param>
/// <param name="Identity">Whose it is; null where it is nobody's.</param>
internal readonly record struct KeyVerdict(KeyOutcome Outcome, RemansoIdentity? Identity);

/// <summary>What is wrong with a key.</summary>
internal enum KeyOutcome
{
    /// <summary>It has not the form of a key, or was mistyped.</summary>
    Malformed,

    /// <summary>It has the form of a key, and is nobody's.</summary>
    Unknown,

    /// <summary>It was valid.</summary>
    Expired,

    /// <summary>It is valid.</summary>
    Valid,
}
