using System.Globalization;
using System.Net.Http.Headers;

namespace Remanso.Client.Http;

/// <summary>The fields of requests and answers.</summary>
internal static class ApiFields
{
    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary>The entity tag of a version that an option names.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public static string TagOf(long version, string option)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version, option);
        return string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
    }

    /// <summary>The version in an entity tag; null where it has none.</summary>
    public static long? VersionOf(string? tag) =>
        tag is ['"', .. var text, '"'] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : null;

    /// <summary>The tags in <c>Remanso-Tags</c>.</summary>
    public static IReadOnlyList<string> TagsOf(string? field) =>
        field is null ? [] : [.. field.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];

    /// <summary>How a read was answered, by the server's own member of <c>Cache-Status</c>: each cache on the way adds one.</summary>
    public static EntryOutcome OutcomeOf(string? status)
    {
        // None of the server's parameters has a comma or a semicolon in it.
        var own = status?.Split(',').Select(static member => member.Split(';', StringSplitOptions.TrimEntries)).FirstOrDefault(IsOurs);
        if (own is null)
        {
            return EntryOutcome.Loaded;
        }

        const string Detail = "detail=";
        var detail = Array.Find(own, static parameter => parameter.StartsWith(Detail, StringComparison.Ordinal))?[Detail.Length..];
        if (detail is "store-failed" or "store-slow" or "backing-off" or "stale" or "tier-down")
        {
            return EntryOutcome.Stale;
        }

        return own.Contains("hit", StringComparer.Ordinal) ? EntryOutcome.Hit
            : detail == "not-cached" ? EntryOutcome.NotCached
            : EntryOutcome.Loaded;

        static bool IsOurs(string[] member) => member[0] == "Remanso";
    }

    /// <summary>A field value that the caller chose: nothing of it may end the field.</summary>
    /// <exception cref="ArgumentException">It is not visible ASCII, or too long.</exception>
    public static string Visible(string value, string option, int longest, bool withSpaces = false) =>
        IsVisible(value, longest, withSpaces)
            ? value
            : throw new ArgumentException(
                $"{option} must be 1 to {longest} characters of visible ASCII{(withSpaces ? " with spaces between" : string.Empty)}.",
                option
            );

    /// <summary>Whether a text is visible ASCII, and neither empty nor too long.</summary>
    public static bool IsVisible(string value, int longest, bool withSpaces = false) =>
        value.Length >= 1 && value.Length <= longest && value.All(letter => letter is > ' ' and <= '~' || (withSpaces && letter == ' '));

    /// <summary>The time of <c>Retry-After</c>, which is a number of seconds or a date.</summary>
    public static TimeSpan? RetryAfterOf(RetryConditionHeaderValue? field, TimeProvider time)
    {
        if (field?.Date is not { } date)
        {
            return field?.Delta;
        }

        var wait = date - time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>The same as JSON has it beside one of many.</summary>
    public static TimeSpan? RetryAfterOf(int? seconds) => seconds is { } some ? TimeSpan.FromSeconds(some) : null;
}
