using System.Text.RegularExpressions;

namespace Remanso.Architecture.Tests.Pages;

/// <summary>The anchors of a page, as GitHub and the site make them of its headings.</summary>
internal static partial class Anchors
{
    public static IReadOnlySet<string> Of(Page page)
    {
        HashSet<string> anchors = new(StringComparer.Ordinal);
        foreach (var (_, text) in page.Prose)
        {
            if (Heading.Match(text) is { Success: true } heading)
            {
                var slug = SlugOf(heading.Groups["text"].Value);
                var name = slug;
                for (var n = 1; !anchors.Add(name); n++)
                {
                    name = $"{slug}-{n}";
                }
            }

            anchors.UnionWith(Named.Matches(text).Select(static match => match.Groups["name"].Value));
        }

        return anchors;
    }

    /// <summary>Small letters; what is no letter, digit, hyphen or underscore goes; spaces become hyphens.</summary>
    public static string SlugOf(string heading) =>
        NotOfASlug.Replace(Target.Replace(heading.Trim(), "]").ToLowerInvariant(), string.Empty).Replace(' ', '-');

    [GeneratedRegex(@"^#{1,6} (?<text>.+?)\s*#*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Heading { get; }

    [GeneratedRegex("<a (id|name)=\"(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Named { get; }

    [GeneratedRegex(@"\]\([^)]*\)")]
    private static partial Regex Target { get; }

    [GeneratedRegex(@"[^\p{L}\p{M}\p{N}\p{Pc} -]")]
    private static partial Regex NotOfASlug { get; }
}
