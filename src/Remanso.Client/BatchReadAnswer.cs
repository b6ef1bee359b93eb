namespace Remanso.Client;

/// <summary>What was found for one of many keys.</summary>
public sealed record BatchReadAnswer
{
    /// <summary>The key.</summary>
    public required string Key { get; init; }

    /// <summary>The status that a read of the key alone would have had: 200, 404, or that of an error.</summary>
    public int Status { get; init; }

    /// <summary>Whether the key has a value.</summary>
    public bool Found => Status == 200;

    /// <summary>What the value is; <see cref="SentValueKind.None"/> where there is none.</summary>
    public SentValueKind Kind { get; init; }

    /// <summary>The value; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>The version of the value; 0 where there is none.</summary>
    public long Version { get; init; }

    /// <summary>Whether the value comes from the database.</summary>
    public bool IsLoaded { get; init; }

    /// <summary>What went wrong with this key; null where nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>The name of the problem, as <see cref="RemansoApiException.Code"/> of a read of the key alone; null where
    /// nothing went wrong, and of an older server.</summary>
    public string? Code { get; init; }

    /// <summary>After how long another try makes sense; null where the server does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
