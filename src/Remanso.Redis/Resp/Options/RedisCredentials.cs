namespace Remanso;

/// <summary>As whom to sign in, until something better is known: what <see cref="RedisOptions.Credentials"/> gives.</summary>
public sealed class RedisCredentials
{
    /// <summary>The ACL user; null for <see cref="RedisOptions.User"/>.</summary>
    public string? User { get; init; }

    /// <summary>The password, or the token that stands for it. Shown nowhere.</summary>
    public required string Password { get; init; }

    /// <summary>Until when the server takes it; null for ever. Open connections sign in anew when four fifths of the time
    /// have passed, and at the earliest a second after the last time.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Is cancelled when there are newer ones: open connections then ask for them, and sign in anew.</summary>
    public CancellationToken Changed { get; init; }

    /// <summary>The user alone.</summary>
    public override string ToString() => $"{User ?? "default"}:***";
}
