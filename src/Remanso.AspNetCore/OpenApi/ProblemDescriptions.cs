using System.Text.Json.Nodes;

namespace Remanso.AspNetCore.OpenApi;

/// <summary>What each status of a refusal means, with an example of its body.</summary>
internal static class ProblemDescriptions
{
    private static readonly Dictionary<int, (string Name, string Title, string Meaning)> _all = new()
    {
        [400] = ("invalid-key", "The key is not valid", "The key, a field, a query parameter or the body is not valid."),
        [401] = ("unauthenticated", "Who asks is not known", "No key or token, or one that is not valid."),
        [403] = ("forbidden", "This is not granted", "The scope lacks that the call needs."),
        [404] = ("unknown-cache", "There is no such cache", "There is no such cache, or the key is absent."),
        [408] = ("too-slow", "The body came too slowly", "The body did not arrive in time; nothing was written."),
        [409] = (
            "superseded",
            "The store has a later version that others wrote",
            "The database has a later version that others wrote; of a merge: the value is not what it needs, or the sum has no room."
        ),
        [412] = ("version-conflict", "The key's version is another one", "The key's version is another one; version is the current one."),
        [413] = ("value-too-large", "The value is too large", "The body, or the value that it would make, is too large."),
        [415] = (
            "invalid-content-type",
            "The Content-Type can't be kept",
            "The Content-Type can't be kept, the body has a Content-Encoding, or a patch is of another type (Accept-Patch)."
        ),
        [422] = (
            "idempotency-conflict",
            "The idempotency key was used for another write",
            "The idempotency key was used for another write of the key, or the store would never take the value; nothing was written."
        ),
        [429] = (
            "rate-limited",
            "This key asks too often",
            "The key's rate is used up, or too many wrong keys came from this address; see Retry-After."
        ),
        [501] = (
            "durability-unavailable",
            "This durability can't be had here",
            "The durability can't be had, or the body has a Transfer-Encoding other than chunked; nothing was written."
        ),
        [502] = ("store-refused", "The backing store refused it", "The backing store refused it for good."),
        [503] = (
            "back-pressure",
            "The cache takes no more writes now",
            "Back-pressure, or tier or store can't be reached, or the durability can't be had now; see Retry-After."
        ),
        [504] = (
            "durability-not-reached",
            "The write is accepted, but no more than that",
            "A write is accepted as version, but its durability was not reached in time; another load of the key, which a write "
                + "needs, did not end; a read found no copy that it takes, or its time is over."
        ),
    };

    /// <summary>What a status means.</summary>
    public static string MeaningOf(int status) => _all[status].Meaning;

    /// <summary>A body with this status.</summary>
    public static JsonNode ExampleOf(int status) =>
        new JsonObject
        {
            ["type"] = "urn:remanso:problem:" + _all[status].Name,
            ["title"] = _all[status].Title,
            ["status"] = status,
            ["detail"] = _all[status].Meaning,
        };
}
