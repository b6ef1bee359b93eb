namespace Remanso.AspNetCore.OpenApi;

/// <summary>What a call is to those who read the description of the API: metadata of its endpoint.</summary>
/// <param name="Id">What clients that are generated call it: it never changes, and no other call has it.</param>
/// <param name="Method">The method.</param>
/// <param name="Summary">What it does, in a line.</param>
internal sealed record CallDescription(string Id, string Method, string Summary)
{
    /// <summary>What follows the pattern of the route: calls that are told by the end of a key.</summary>
    public string Suffix { get; init; } = string.Empty;

    /// <summary>The parameters beside those of the path.</summary>
    public CallParameters Parameters { get; init; }

    /// <summary>What is sent; null where nothing is.</summary>
    public CallBody? Body { get; init; }

    /// <summary>What a right call answers; null where it answers no body.</summary>
    public CallBody? Answer { get; init; }

    /// <summary>What it answers with 404 where that is no problem; null where it is one.</summary>
    public CallBody? Absence { get; init; }

    /// <summary>The headers of its answers, beside those that every answer of a status has.</summary>
    public CallHeaders Headers { get; init; }

    /// <summary>The statuses of right calls, with what they mean.</summary>
    public required IReadOnlyDictionary<int, string> Right { get; init; }

    /// <summary>The statuses of the others; each is problem details.</summary>
    public IReadOnlyList<int> Problems { get; init; } = [];
}

/// <summary>A body, with an example.</summary>
/// <param name="Type">Its media type.</param>
/// <param name="Shape">What it is; null where it may be anything.</param>
/// <param name="Example">An example, as JSON.</param>
internal sealed record CallBody(string Type, Type? Shape = null, string? Example = null)
{
    /// <summary>Whether it may be left out.</summary>
    public bool IsOptional { get; init; }

    /// <summary>JSON of a shape.</summary>
    public static CallBody Json<TShape>(string example) => new("application/json", typeof(TShape), example);
}

/// <summary>Headers that the answers of some calls have.</summary>
[Flags]
internal enum CallHeaders
{
    None = 0,

    /// <summary>Of a write: its version.</summary>
    Written = 1,

    /// <summary>Of a read: the version, and how the cache came by it.</summary>
    Read = 2,

    /// <summary>No time after which to come again.</summary>
    NoRetry = 4,
}

/// <summary>Parameters that several calls have.</summary>
[Flags]
internal enum CallParameters
{
    None = 0,
    Source = 1,
    Durability = 2,
    Lifetime = 4,
    Tag = 8,
    IfMatch = 16,
    IfNoneMatch = 32,
    OnlyIfAbsent = 64,
    IdempotencyKey = 128,
    Max = 256,
    Filter = 512,
    Awaited = 1024,
    Wish = 2048,
    Watched = 4096,
    One = 8192,

    Written = Durability | IfMatch | IdempotencyKey,
    Made = Written | Lifetime | Tag | OnlyIfAbsent,
}
