using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Remanso.Common;
using Remanso.Entries;

namespace Remanso.AspNetCore.Http;

/// <summary>The query parameters that the API knows; unknown ones are ignored. A broken escape is refused: taken
/// literally it would be another key or tag, silently. So is one that is there twice, but for keys and tags.</summary>
internal static class Query
{
    /// <summary><c>?source=</c></summary>
    public static ReadFrom Source(HttpRequest request)
    {
        if (!TryGet(request, "source", out var source))
        {
            return ReadFrom.TierThenStore;
        }

        return source.Span switch
        {
            "cache" => ReadFrom.Tier,
            "db" => ReadFrom.Store,
            _ => throw Problems.BadRequest($"source must be cache or db, but is '{source}'."),
        };
    }

    /// <summary><c>?durability=</c></summary>
    public static Durability? Durability(HttpRequest request)
    {
        if (!TryGet(request, "durability", out var durability))
        {
            return null;
        }

        return durability.Span switch
        {
            "accepted" => Remanso.Durability.Accepted,
            "replicated" => Remanso.Durability.Replicated,
            "logged" => Remanso.Durability.Logged,
            "stored" => Remanso.Durability.Stored,
            _ => throw Problems.BadRequest($"durability must be accepted, replicated, logged or stored, but is '{durability}'."),
        };
    }

    /// <summary><c>?lifetime=</c></summary>
    public static TimeSpan? Lifetime(HttpRequest request)
    {
        if (!TryGet(request, "lifetime", out var text))
        {
            return null;
        }

        return DurationText.TryParse(text.Span, out var lifetime) && lifetime >= TimeSpan.FromMilliseconds(1)
            ? lifetime
            : throw Problems.BadRequest(
                $"lifetime must be 1ms to {TimeSpan.MaxValue.Days}d, such as 90, 1.5, 250ms, 30s, 5m, 2h, 7d, PT5M or 00:05:00, "
                    + $"but is '{text}'."
            );
    }

    /// <summary><c>?ttl=</c></summary>
    public static TimeSpan? Ttl(HttpRequest request) => Span(request, "ttl", TimeSpan.FromMilliseconds(1), "1ms to 10 years");

    /// <summary><c>?grace=</c></summary>
    public static TimeSpan? Grace(HttpRequest request) => Span(request, "grace", TimeSpan.Zero, "0 to 10 years");

    /// <summary><c>?timeout=</c> of a read.</summary>
    public static TimeSpan? ReadTimeout(HttpRequest request) =>
        Timeout(request, TimeSpan.FromMinutes(10), "timeout of a read must be 1ms to 10m");

    /// <summary><c>?timeout=</c> of a wait.</summary>
    public static TimeSpan? WaitTimeout(HttpRequest request) => Timeout(request, TimeSpan.FromHours(1), "timeout must be 1ms to 1h");

    /// <summary><c>?all=true</c>, or one or more of <c>?error=</c>, <c>?prefix=</c> and <c>?olderThan=</c>; null where
    /// the query has none of them.</summary>
    public static DeadLetterFilter? DeadLetters(HttpRequest request)
    {
        var all = TryGet(request, "all", out var wish);
        if (all && wish.Span is not "true")
        {
            throw Problems.BadRequest($"all must be true, but is '{wish}'.");
        }

        var filter = new DeadLetterFilter
        {
            Error = TryGet(request, "error", out var error) ? NotEmpty("error", error) : null,
            Prefix = TryGet(request, "prefix", out var prefix) ? NotEmpty("prefix", prefix) : null,
            OlderThan = TryGet(request, "olderThan", out var age) ? Age(age) : null,
        };
        return all || filter != DeadLetterFilter.All ? filter : null;

        // Empty it would take all, which has a word of its own.
        static string NotEmpty(string name, ReadOnlyMemory<char> text) =>
            text.Length > 0 ? text.ToString() : throw Problems.BadRequest($"{name} must not be empty; all=true takes all.");

        static TimeSpan Age(ReadOnlyMemory<char> text) =>
            DurationText.TryParse(text.Span, out var age) && age >= TimeSpan.Zero
                ? age
                : throw Problems.BadRequest($"olderThan must be a time such as 30s, 5m or 2h, but is '{text}'.");
    }

    /// <summary><c>?version=</c></summary>
    public static long Version(HttpRequest request) =>
        TryGet(request, "version", out var text)
        && long.TryParse(text.Span, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
        && version is >= 1 and <= VersionIssuer.Highest
            ? version
            : throw Problems.BadRequest("version must be the version that a write returned.");

    /// <summary><c>?max=</c></summary>
    public static int Max(HttpRequest request, int unlessSet, int highest)
    {
        if (!TryGet(request, "max", out var text))
        {
            return unlessSet;
        }

        return int.TryParse(text.Span, provider: null, out var max) && max >= 1 && max <= highest
            ? max
            : throw Problems.BadRequest($"max must be 1 to {highest}, but is '{text}'.");
    }

    /// <summary><c>?tag=a&amp;tag=b</c>: all of them; null where there is none.</summary>
    public static IReadOnlyList<string>? Tags(HttpRequest request) => All(request, "tag");

    /// <summary><c>?key=a&amp;key=b</c>: all of them; null where there is none.</summary>
    public static IReadOnlyList<string>? Keys(HttpRequest request, int most) =>
        All(request, "key") is not { } keys ? null
        : keys.Count <= most ? keys
        : throw Problems.BadRequest($"key may be there {most} times, but is {keys.Count} times.");

    /// <summary><c>?prefix=</c></summary>
    public static string? Prefix(HttpRequest request) => TryGet(request, "prefix", out var prefix) ? prefix.ToString() : null;

    /// <summary><c>?cache=</c></summary>
    public static string? Cache(HttpRequest request) => TryGet(request, "cache", out var cache) ? cache.ToString() : null;

    /// <summary><c>?after=</c>, the number of a sample; 0 where there is none.</summary>
    public static long After(HttpRequest request) => NumberOr0(request, "after");

    /// <summary><c>?run=</c>, of which process that sample was; 0 where it is not said.</summary>
    public static long Run(HttpRequest request) => NumberOr0(request, "run");

    /// <summary><c>?values=true</c></summary>
    public static bool Values(HttpRequest request)
    {
        if (!TryGet(request, "values", out var wish))
        {
            return false;
        }

        return wish.Span switch
        {
            "true" => true,
            "false" => false,
            _ => throw Problems.BadRequest($"values must be true or false, but is '{wish}'."),
        };
    }

    private static long NumberOr0(HttpRequest request, string name) =>
        TryGet(request, name, out var text) && long.TryParse(text.Span, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;

    private static List<string>? All(HttpRequest request, string name)
    {
        var query = request.QueryString;
        if (!query.HasValue)
        {
            return null;
        }

        List<string>? values = null;
        foreach (var pair in new QueryStringEnumerable(query.Value))
        {
            if (pair.EncodedName.Span.SequenceEqual(name))
            {
                (values ??= []).Add(Decode(name, pair.EncodedValue).ToString());
            }
        }

        return values;
    }

    private static TimeSpan? Timeout(HttpRequest request, TimeSpan longest, string rule)
    {
        if (!TryGet(request, "timeout", out var text))
        {
            return null;
        }

        return DurationText.TryParse(text.Span, out var timeout) && timeout >= TimeSpan.FromMilliseconds(1) && timeout <= longest
            ? timeout
            : throw Problems.BadRequest($"{rule}, but is '{text}'.");
    }

    private static TimeSpan? Span(HttpRequest request, string name, TimeSpan least, string range)
    {
        if (!TryGet(request, name, out var text))
        {
            return null;
        }

        return DurationText.TryParse(text.Span, out var span) && span >= least && span <= TimeSpan.FromDays(3650)
            ? span
            : throw Problems.BadRequest($"{name} must be {range}, such as 90, 250ms, 30s, 5m or 7d, but is '{text}'.");
    }

    private static bool TryGet(HttpRequest request, string name, out ReadOnlyMemory<char> value)
    {
        ReadOnlyMemory<char>? found = null;
        var query = request.QueryString;
        if (query.HasValue)
        {
            foreach (var pair in new QueryStringEnumerable(query.Value))
            {
                if (!pair.EncodedName.Span.SequenceEqual(name))
                {
                    continue;
                }

                if (found is not null)
                {
                    throw Problems.BadRequest($"{name} may be there once, but is there several times.");
                }

                found = Decode(name, pair.EncodedValue);
            }
        }

        value = found.GetValueOrDefault();
        return found is not null;
    }

    // A plus is a space, as forms send it; the path knows no such thing.
    private static ReadOnlyMemory<char> Decode(string name, ReadOnlyMemory<char> value) =>
        value.Span.ContainsAny('%', '+') ? PercentEncoding.Decode(value.ToString().Replace('+', ' '), name).AsMemory() : value;
}
