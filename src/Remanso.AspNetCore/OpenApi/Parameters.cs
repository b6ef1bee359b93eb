using Microsoft.OpenApi;

namespace Remanso.AspNetCore.OpenApi;

/// <summary>The parameters of calls as OpenAPI writes them.</summary>
internal static class Parameters
{
    private static readonly (CallParameters Flag, ParameterLocation In, string Name, string Meaning, bool IsRequired)[] _all =
    [
        (
            CallParameters.Source,
            ParameterLocation.Query,
            "source",
            "cache: the cache alone; db: the database alone; without it the cache, and the database where that has nothing.",
            false
        ),
        (
            CallParameters.Durability,
            ParameterLocation.Query,
            "durability",
            "accepted, replicated, logged or stored: what must be true when the call returns.",
            false
        ),
        (
            CallParameters.Lifetime,
            ParameterLocation.Query,
            "lifetime",
            "How long the data exists, such as 90, 250ms, 30s, 5m, 2h, 7d or PT5M; 1ms to 10675199d, for ever without it.",
            false
        ),
        (
            CallParameters.Lifetime,
            ParameterLocation.Query,
            "ttl",
            "How long the copy is served before it is loaded again, as lifetime; 1ms to 10 years, the cache's setting without it.",
            false
        ),
        (
            CallParameters.Lifetime,
            ParameterLocation.Query,
            "grace",
            "How long past its TTL the copy is served where its load fails, as lifetime; 0 to 10 years, the cache's setting without it.",
            false
        ),
        (CallParameters.Tag, ParameterLocation.Query, "tag", "The tags of the entry: the parameter is repeated for several.", false),
        (CallParameters.Awaited, ParameterLocation.Query, "version", "The version that the write returned.", true),
        (CallParameters.Awaited, ParameterLocation.Query, "timeout", "The longest wait, 1ms to 1h.", false),
        (
            CallParameters.Wish,
            ParameterLocation.Query,
            "timeout",
            "How long the client waits at most, as lifetime of a write; 1ms to 10m. Not together with source.",
            false
        ),
        (
            CallParameters.Wish,
            ParameterLocation.Header,
            "Cache-Control",
            "Directives of RFC 9111 and RFC 5861: no-cache, no-store, only-if-cached, max-age, min-fresh, max-stale, "
                + "stale-if-error; others, and all where source is given, are ignored.",
            false
        ),
        (CallParameters.Max, ParameterLocation.Query, "max", "How many, 1 to 10,000; 100 without it.", false),
        (CallParameters.One, ParameterLocation.Query, "key", "The one of this key. Not together with error, prefix and olderThan.", false),
        (CallParameters.Filter, ParameterLocation.Query, "all", "true: all of them.", false),
        (CallParameters.Filter, ParameterLocation.Query, "error", "Those whose error contains this; needs the scope observe.", false),
        (CallParameters.Filter, ParameterLocation.Query, "prefix", "Those whose key begins so.", false),
        (CallParameters.Filter, ParameterLocation.Query, "olderThan", "Those that are older, such as 5m.", false),
        (
            CallParameters.Watched,
            ParameterLocation.Query,
            "key",
            "Only changes of these keys: the parameter is repeated for several, 1,000 at most.",
            false
        ),
        (CallParameters.Watched, ParameterLocation.Query, "prefix", "Only changes of keys that begin so. Not together with key.", false),
        (CallParameters.Watched, ParameterLocation.Query, "values", "true: events of written keys have their values.", false),
        (
            CallParameters.Watched,
            ParameterLocation.Header,
            "Last-Event-ID",
            "The id of the last event that was heard: what came since is told first.",
            false
        ),
        (
            CallParameters.IfMatch,
            ParameterLocation.Header,
            "If-Match",
            "Only over this version (its ETag), or with * only if the key has a value.",
            false
        ),
        (CallParameters.IfNoneMatch, ParameterLocation.Header, "If-None-Match", "The versions that the client has: 304.", false),
        (CallParameters.OnlyIfAbsent, ParameterLocation.Header, "If-None-Match", "*: only if the key is absent.", false),
        (
            CallParameters.IdempotencyKey,
            ParameterLocation.Header,
            "Idempotency-Key",
            "1 to 200 visible characters of ASCII: the same request again has no second effect.",
            false
        ),
    ];

    /// <summary>Those of a call, with those of its path.</summary>
    public static List<IOpenApiParameter> Of(IEnumerable<string> names, CallParameters parameters)
    {
        List<IOpenApiParameter> list = [];
        foreach (var name in names)
        {
            list.Add(Make(ParameterLocation.Path, name, MeaningOf(name), isRequired: true));
        }

        foreach (var (flag, location, name, meaning, isRequired) in _all)
        {
            if ((parameters & flag) != 0)
            {
                list.Add(Make(location, name, meaning, isRequired, IsRepeated(flag, name)));
            }
        }

        return list;
    }

    private static string? MeaningOf(string name) =>
        name switch
        {
            "key" => "Everything that follows, percent-decoded once; it may have slashes.",
            "cache" => "The name of a cache.",
            _ => null,
        };

    private static bool IsRepeated(CallParameters flag, string name) =>
        flag == CallParameters.Tag || (flag == CallParameters.Watched && name == "key");

    private static OpenApiParameter Make(
        ParameterLocation location,
        string name,
        string? meaning,
        bool isRequired,
        bool isRepeated = false
    ) =>
        new()
        {
            In = location,
            Name = name,
            Description = meaning,
            Required = isRequired,
            Schema = isRepeated
                ? new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema { Type = JsonSchemaType.String },
                }
                : new OpenApiSchema { Type = JsonSchemaType.String },
        };
}
