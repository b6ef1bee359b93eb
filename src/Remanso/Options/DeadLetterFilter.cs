namespace Remanso;

/// <summary>Which dead letters are meant; what is not set takes all.</summary>
/// <example>
/// <code>
/// await cache.Operations.ReplayDeadLettersAsync(new DeadLetterFilter { Error = "fk_orders", OlderThan = TimeSpan.FromMinutes(5) });
/// </code>
/// </example>
public sealed record DeadLetterFilter
{
    /// <summary>All of them.</summary>
    public static DeadLetterFilter All { get; } = new();

    /// <summary>A part of the error, upper and lower case alike; null: any.</summary>
    public string? Error { get; init; }

    /// <summary>How the encoded key begins; null: any.</summary>
    public string? Prefix { get; init; }

    /// <summary>For how long it has been a dead letter, at least; null: any time.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Whether a dead letter is meant.</summary>
    /// <param name="letter">The dead letter.</param>
    /// <param name="now">The tier's clock, microseconds since 1970.</param>
    public bool Takes(DeadLetter letter, long now)
    {
        ArgumentNullException.ThrowIfNull(letter);
        return (Error is null || letter.Error.Contains(Error, StringComparison.OrdinalIgnoreCase))
            && (Prefix is null || letter.Key.StartsWith(Prefix, StringComparison.Ordinal))
            && (OlderThan is not { } age || letter.AtMicros <= now - (age.Ticks / TimeSpan.TicksPerMicrosecond));
    }
}
