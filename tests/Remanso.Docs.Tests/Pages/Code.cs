using System.Text.RegularExpressions;

namespace Remanso.Docs.Tests.Pages;

/// <summary>Brings C# of a page and of a program to one form, in which they can be compared.</summary>
internal static partial class Code
{
    /// <summary> Without comments, directives that name a namespace, spaces, line breaks and the last comma of a list:
    /// a formatter breaks lines by the place that it has, and a method has it further in than a page.
    /// </summary>
    public static string Squeeze(string code) =>
        LastCommaPattern.Replace(
            SpacePattern.Replace(UsingPattern.Replace(CommentPattern.Replace(code, string.Empty), string.Empty), string.Empty),
            string.Empty
        );

    /// <summary>The parts of a listing that are parted by empty lines: a program has them all, though it may have more
    /// between them.</summary>
    public static IEnumerable<string> ParagraphsOf(string code) =>
        ParagraphPattern.Split(code).Select(Squeeze).Where(static part => part.Length > 0);

    [GeneratedRegex("(?<=^|\\s)// .*$|(?<=^|\\s)//$", RegexOptions.Multiline)]
    private static partial Regex CommentPattern { get; }

    [GeneratedRegex("^\\s*using [A-Z][A-Za-z.]*;", RegexOptions.Multiline)]
    private static partial Regex UsingPattern { get; }

    [GeneratedRegex("\\s+")]
    private static partial Regex SpacePattern { get; }

    [GeneratedRegex(",(?=[\\]})])")]
    private static partial Regex LastCommaPattern { get; }

    [GeneratedRegex("\n\\s*\n")]
    private static partial Regex ParagraphPattern { get; }
}
