namespace Remanso.Client;

/// <summary>An entry that the database refused for good. Its value is what a read of the key in the cache finds.</summary>
/// <param name="Key">The key.</param>
/// <param name="Version">The version that was refused.</param>
/// <param name="Error">What the database said.</param>
/// <param name="At">When.</param>
/// <param name="Deleted">Whether it is a deletion that was refused.</param>
/// <param name="ContentType">The value's media type; null where it has none.</param>
/// <param name="Bytes">The value's length.</param>
public sealed record DeadLetterAnswer(
    string Key,
    long Version,
    string Error,
    DateTimeOffset At,
    bool Deleted,
    string? ContentType,
    int Bytes
);
