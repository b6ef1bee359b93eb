namespace Remanso.Redis.Scripts;

/// <summary>What can become of a fill.</summary>
internal enum FillReplyKind
{
    /// <summary>Its lease was voided, or a higher version is there.</summary>
    Refused,

    /// <summary>It is there.</summary>
    Filled,

    /// <summary>It is valid, but there was no TTL or no memory to keep it.</summary>
    NotKept,
}
