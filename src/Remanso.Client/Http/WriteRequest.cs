namespace Remanso.Client.Http;

/// <summary>What a write's options are in a query and in fields.</summary>
internal static class WriteRequest
{
    private const string IfMatch = "If-Match";

    public static string QueryOf(EntryWriteOptions options) =>
        new ApiQuery()
            .Add("durability", NameOf(options.Durability))
            .Add("lifetime", options.Lifetime)
            .Add("ttl", options.Ttl)
            .Add("grace", options.Grace)
            .Add("tag", options.Tags)
            .ToString();

    /// <exception cref="ArgumentException">The options contradict each other, or can't be sent.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> FieldsOf(EntryWriteOptions options)
    {
        var conditions = (options.IfVersion is null ? 0 : 1) + (options.IfAbsent ? 1 : 0) + (options.IfPresent ? 1 : 0);
        if (conditions > 1)
        {
            throw new ArgumentException("At most one of IfVersion, IfAbsent and IfPresent may be set.", nameof(options));
        }

        List<KeyValuePair<string, string>> fields = [];
        if (options.IfVersion is { } version)
        {
            fields.Add(new(IfMatch, ApiFields.TagOf(version, nameof(options.IfVersion))));
        }
        else if (options.IfPresent)
        {
            fields.Add(new(IfMatch, "*"));
        }
        else if (options.IfAbsent)
        {
            fields.Add(new("If-None-Match", "*"));
        }

        if (options.IdempotencyKey is { } name)
        {
            fields.Add(new(ApiFields.IdempotencyKey, ApiFields.Visible(name, nameof(options.IdempotencyKey), longest: 200)));
        }

        return fields;
    }

    /// <summary>Says of options what a call does not know, rather than leave it out.</summary>
    /// <exception cref="ArgumentException">One of them is set.</exception>
    public static void Refuse(string call, params ReadOnlySpan<(bool IsSet, string Option)> unknown)
    {
        foreach (var (isSet, option) in unknown)
        {
            if (isSet)
            {
                throw new ArgumentException($"{option} has no meaning for {call}.", option);
            }
        }
    }

    public static string? NameOf(WriteDurability? durability) =>
        durability switch
        {
            null => null,
            WriteDurability.Accepted => "accepted",
            WriteDurability.Replicated => "replicated",
            WriteDurability.Logged => "logged",
            WriteDurability.Stored => "stored",
            _ => throw new ArgumentOutOfRangeException(nameof(durability), durability, "There is no such durability."),
        };

    public static WriteAnswer AnswerOf(ApiResponse response)
    {
        var reply = response.Read(ApiJson.Default.WriteReply);
        return new WriteAnswer(reply.Version, DurabilityOf(reply.Durability));
    }

    public static CounterAnswer CounterOf(ApiResponse response)
    {
        var reply = response.Read(ApiJson.Default.WriteReply);
        return new CounterAnswer(reply.Value ?? throw ApiErrors.NotJson(response.Status), reply.Version, DurabilityOf(reply.Durability));
    }

    // A level that this client does not know promises at least what the weakest does.
    public static WriteDurability DurabilityOf(string? name) =>
        name switch
        {
            "replicated" => WriteDurability.Replicated,
            "logged" => WriteDurability.Logged,
            "stored" => WriteDurability.Stored,
            _ => WriteDurability.Accepted,
        };
}
