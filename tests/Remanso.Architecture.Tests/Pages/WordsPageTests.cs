using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests.Pages;

/// <summary>One word for each idea: the page of words names types that exist, and nobody writes the words that it warns of.</summary>
public sealed partial class WordsPageTests
{
    private const string Words = "docs/reference/words.md";

    // Of the words that the page warns of, those that can only mean what it says; the others are words of plain English, too.
    private static readonly string[] _neverSaid =
    [
        "cache item",
        "cache items",
        "backend",
        "backends",
        "hot cache",
        "request coalescing",
        "ack mode",
        "shard",
        "shards",
        "poison message",
        "squash",
        "squashed",
        "pending write",
        "pending writes",
        "pending entry",
        "pending entries",
        "outdated copy",
        "data store",
    ];

    [Fact]
    public void Every_type_on_the_page_of_words_is_in_the_core()
    {
        var types = typeof(CacheOptions)
            .Assembly.GetTypes()
            .Select(static type => type.Name.Split('`')[0])
            .ToHashSet(StringComparer.Ordinal);
        var named = TypePattern
            .Matches(File.ReadAllText(Path.Combine(House.Root, Words)))
            .Select(static match => match.Groups["name"].Value)
            .ToArray();

        Assert.NotEmpty(named);
        Offenders.MustBeNone("There are no such types:", named.Where(name => !types.Contains(name)));
    }

    [Fact]
    public void No_page_says_a_word_that_the_page_of_words_warns_of() =>
        Offenders.MustBeNone(
            $"Say it with the word of {Words}:",
            from page in Page.All
            where page.Path is not (Words or "CHANGELOG.md")
            from line in page.Prose
            from word in _neverSaid
            where Says(line.Text, word)
            select $"{page.Path}:{line.Number}: {word}"
        );

    [Fact]
    public void No_public_documentation_says_a_word_that_the_page_of_words_warns_of() =>
        Offenders.MustBeNone(
            $"Say it with the word of {Words}:",
            from file in House.Sources("src")
            from line in file.Text.Split('\n')
            where line.TrimStart().StartsWith("///", StringComparison.Ordinal)
            from word in _neverSaid
            where Says(line, word)
            select $"{file.Path}: {word}: {line.Trim()}"
        );

    private static bool Says(string text, string word)
    {
        for (
            var at = text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
            at >= 0;
            at = text.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase)
        )
        {
            var end = at + word.Length;
            if ((at == 0 || !char.IsLetter(text[at - 1])) && (end == text.Length || !char.IsLetter(text[end])))
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"^\| \*\*[^|]*\(`(?<name>[A-Z]\w+)`", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex TypePattern { get; }
}
