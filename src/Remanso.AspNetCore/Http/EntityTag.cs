using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Remanso.AspNetCore.Http;

/// <summary>
/// Entity tags (RFC 9110, section 8.8.3): a version in quotes. What is no version of ours is a valid tag that matches nothing.
/// </summary>
internal static class EntityTag
{
    /// <summary>The strong tag of a version.</summary>
    public static string Of(long version) => string.Create(CultureInfo.InvariantCulture, stackalloc char[24], $"\"{version}\"");

    /// <summary>Whether an <c>If-None-Match</c> field names the current tag: a list, compared weakly, or <c>*</c>.</summary>
    /// <remarks>A malformed field names nothing: the client gets the body, which never harms.</remarks>
    public static bool MatchesWeakly(StringValues field, string current)
    {
        foreach (var line in field)
        {
            var rest = line.AsSpan();
            while (TryTakeNext(ref rest, out var tag, out _))
            {
                if (tag is "*" || tag.SequenceEqual(current))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Takes the next member of a list of tags.</summary>
    /// <param name="rest">The list; afterwards what follows the member.</param>
    /// <param name="tag">The member with its quotes and without <c>W/</c>, or <c>*</c>.</param>
    /// <param name="weak">Whether it had <c>W/</c>.</param>
    /// <returns>Whether there was one; false with <paramref name="rest"/> not empty: the list is malformed.</returns>
    public static bool TryTakeNext(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> tag, out bool weak)
    {
        rest = rest.TrimStart(" \t,");
        tag = default;
        weak = false;
        var candidate = rest;
        if (candidate is ['*', ..])
        {
            tag = candidate[..1];
            rest = candidate[1..];
            return true;
        }

        if (candidate.StartsWith("W/", StringComparison.Ordinal))
        {
            weak = true;
            candidate = candidate[2..];
        }

        if (candidate is not ['"', ..] || candidate[1..].IndexOf('"') is not (>= 0 and var length))
        {
            return false;
        }

        tag = candidate[..(length + 2)];
        rest = candidate[(length + 2)..];
        return true;
    }

    /// <summary>The version in a strong tag, or false where it is another tag.</summary>
    public static bool TryGetVersion(ReadOnlySpan<char> tag, out long version) =>
        long.TryParse(tag.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out version);
}
