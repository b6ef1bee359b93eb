namespace Remanso.Client;

/// <summary>The key has another version than the write asked for (412). Nothing was written.</summary>
public sealed class RemansoVersionConflictException : RemansoApiException
{
    internal RemansoVersionConflictException(int status, string? code, string detail)
        : base(status, code, detail) { }

    /// <summary>The key's version now; 0: absent.</summary>
    public long CurrentVersion => Version ?? 0;
}
