namespace Remanso.AspNetCore.Http;

/// <summary>Turns the preconditions of a write (RFC 9110, section 13) into the condition that the tier checks with it.</summary>
internal static class Preconditions
{
    private const long NeverIssued = long.MaxValue;

    /// <summary>The condition; none where the request has neither field.</summary>
    public static WriteCondition Of(HttpRequest request)
    {
        var match = request.Headers.IfMatch;
        var noneMatch = request.Headers.IfNoneMatch;
        if (match.Count == 0 && noneMatch.Count == 0)
        {
            return WriteCondition.None;
        }

        if (match.Count > 0 && noneMatch.Count > 0)
        {
            throw Problems.BadRequest("If-Match and If-None-Match exclude each other.");
        }

        return match.Count > 0 ? OfIfMatch(match.ToString()) : OfIfNoneMatch(noneMatch.ToString());
    }

    private static WriteCondition OfIfMatch(string field)
    {
        var rest = field.AsSpan();
        if (!EntityTag.TryTakeNext(ref rest, out var tag, out var weak) || !rest.IsWhiteSpace())
        {
            throw Problems.BadRequest(
                $"If-Match must be * or one entity tag such as \"1763757600000000\", with its quotes, but is {field}"
            );
        }

        if (tag is "*")
        {
            return WriteCondition.Present;
        }

        // If-Match compares strongly, so a weak tag, like a tag that is no version, is valid and matches nothing.
        return WriteCondition.IsVersion(!weak && EntityTag.TryGetVersion(tag, out var version) ? version : NeverIssued);
    }

    private static WriteCondition OfIfNoneMatch(string field) =>
        field.AsSpan().Trim() is "*"
            ? WriteCondition.Absent
            : throw Problems.BadRequest($"If-None-Match of a write must be *, but is {field}");
}
