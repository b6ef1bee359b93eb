using System.Text.RegularExpressions;
using Remanso.Conformance.Support;

namespace Remanso.Samples.Tests;

/// <summary>The README of a sample, and its pictures.</summary>
internal static partial class SampleReadme
{
    /// <summary>The lines of a listing after a text of the page.</summary>
    public static string[] ListingAfter(string sample, string text, string language)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "samples", sample, "README.md"));
        var start = page.IndexOf(text, StringComparison.Ordinal);
        Assert.True(start >= 0, $"The README of {sample} has no '{text}'.");
        var fence = $"```{language}\n";
        var begin = page.IndexOf(fence, start, StringComparison.Ordinal);
        Assert.True(begin >= 0, $"The README of {sample} has no listing of {language} after '{text}'.");
        begin += fence.Length;
        return page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)].TrimEnd('\n').Split('\n');
    }

    /// <summary>The page shows what the program prints, whatever the numbers of this run.</summary>
    public static void Shows(string sample, string text, IEnumerable<string> printed) =>
        Assert.Equal(ListingAfter(sample, text, "text").Select(WithoutNumbers), printed.Select(WithoutNumbers));

    /// <summary>The picture has the lines that the page has.</summary>
    public static void HasPicture(string sample, string text)
    {
        var picture = File.ReadAllText(Path.Combine(Repository.Root, "samples", sample, "output.svg"));
        Assert.All(ListingAfter(sample, text, "text"), line =>
            Assert.Contains($">{line.Replace("&", "&amp;", StringComparison.Ordinal)}<", picture, StringComparison.Ordinal)
        );
    }

    /// <summary>The numbers of a line, in order.</summary>
    public static long[] NumbersOf(string line) =>
        [
            .. NumberPattern
                .Matches(line)
                .Select(static match => long.Parse(match.Value.Replace(",", "", StringComparison.Ordinal).Split('.')[0])),
        ];

    private static string WithoutNumbers(string line) => NumberPattern.Replace(line, "#");

    [GeneratedRegex(@"\d[\d,]*(\.\d+)?", RegexOptions.ExplicitCapture)]
    private static partial Regex NumberPattern { get; }
}
