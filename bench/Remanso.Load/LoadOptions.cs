namespace Remanso.Load;

/// <summary>What to drive, and how.</summary>
internal sealed record LoadOptions
{
    /// <summary>Scheme, host and port of the server.</summary>
    public Uri Url { get; init; } = new("http://127.0.0.1:8000");

    /// <summary>Reads, writes, or both.</summary>
    public Operation Operation { get; init; } = Operation.Get;

    /// <summary>The share of reads in a mix, 0 to 1.</summary>
    public double ReadRatio { get; init; } = 0.9;

    /// <summary>Requests per second over all connections; null: flat out.</summary>
    public double? Rate { get; init; }

    /// <summary>How many connections, each with at most one request under way.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>How long to measure.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to drive before, unmeasured.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many different keys.</summary>
    public int Keys { get; init; } = 10_000;

    /// <summary>How often each.</summary>
    public KeyDistribution Distribution { get; init; } = KeyDistribution.Uniform;

    /// <summary>The length of the values written, in bytes.</summary>
    public int ValueBytes { get; init; } = 100;

    /// <summary>The path of reads, with <c>{key}</c> where the key goes; null: <see cref="EffectiveGetPath"/> decides.</summary>
    public string? GetPath { get; init; }

    /// <summary>The path of writes. With <c>{key}</c> in it: PUT of the raw value; without: POST of key and value as JSON.</summary>
    public string SetPath { get; init; } = "/set";

    /// <summary>The cache whose statistics are read.</summary>
    public string Cache { get; init; } = "default";

    /// <summary>What is sent as <c>Authorization: Bearer</c>; null: nothing.</summary>
    public string? Key { get; init; }

    /// <summary>Whether to write every key once before anything else.</summary>
    public bool Preload { get; init; }

    /// <summary>If set: so many reads of one missing key at the same moment, instead of a measured time.</summary>
    public int? Burst { get; init; }

    /// <summary>Whether to ask the server ten times a second, while it is measured, for the age of its oldest dirty entry.</summary>
    public bool Watch { get; init; }

    /// <summary>Whether to print one line of JSON.</summary>
    public bool Json { get; init; }

    /// <summary>The path of reads. A burst looks at <c>Cache-Status</c>, which only the full API answers with.</summary>
    public string EffectiveGetPath => GetPath ?? (Burst is null ? "/get/{key}" : $"/v1/caches/{Cache}/entries/{{key}}");
}
