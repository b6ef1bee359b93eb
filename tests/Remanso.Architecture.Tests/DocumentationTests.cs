using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>What the documents say of the code is still true of it.</summary>
public sealed partial class DocumentationTests
{
    private const string Metrics = "docs/reference/metrics.md";

    // All of them do not fit on one page.
    private static readonly string[] _options = ["docs/reference/cache-options.md", "docs/reference/cache-options-more.md"];

    private static readonly string[] _documents =
    [
        .. Directory
            .EnumerateFiles(House.Root, "*.md")
            .Select(static path => Path.GetFileName(path))
            .Concat(House.Files("md", "docs", "samples")),
    ];

    [Fact]
    public void Every_file_that_a_document_names_exists()
    {
        var files = Directory
            .EnumerateFiles(House.Root)
            .Select(static path => Path.GetFileName(path))
            .Concat(House.Files("*", "src", "tests", "samples", "bench", "eng", "docs", "deploy", ".ci"))
            .Select(static path => "/" + path)
            .ToArray();

        Offenders.MustBeNone(
            "These documents name files that are not there:",
            from document in _documents
            from match in FilePattern.Matches(Read(document))
            let name = match.Groups["name"].Value
            where !files.Any(file => file.EndsWith("/" + name, StringComparison.Ordinal))
            select $"{document}: {name}"
        );
    }

    [Fact]
    public void Every_option_of_a_cache_is_in_the_reference() =>
        Offenders.MustBeNone(
            $"Add these options to {_options[0]}, with meaning, range and default:",
            OptionsOf(typeof(CacheOptions), prefix: string.Empty)
                .Where(static option => !_options.Any(page => Read(page).Contains($"`{option}`", StringComparison.Ordinal)))
        );

    [Fact]
    public void Every_metric_and_activity_is_in_the_reference() =>
        Offenders.MustBeNone(
            $"Add these to {Metrics}, with unit and meaning:",
            from file in House.Sources("src")
            from match in InstrumentPattern.Matches(file.Text)
            let name = match.Groups["name"].Value
            where !Read(Metrics).Contains($"`{name}`", StringComparison.Ordinal)
            select $"{file.Path}: {name}"
        );

    [Fact]
    public void Every_type_that_a_page_tells_to_use_can_be_used()
    {
        var types = House.Product.SelectMany(static assembly => assembly.GetTypes()).ToArray();
        var open = types.Where(static type => type.IsVisible).ToArray();
        string[] usable =
        [
            .. open.Select(NameOf),
            .. open.SelectMany(static type => type.GetMembers()).Select(static member => member.Name),
        ];
        var closed = types.Select(NameOf).Except(usable).ToHashSet(StringComparer.Ordinal);

        Offenders.MustBeNone(
            "These pages name types that are internal:",
            from page in House.Files("md", "docs/how-to", "docs/tutorials")
            from match in TypePattern.Matches(Read(page))
            let name = match.Groups["name"].Value
            where closed.Contains(name)
            select $"{page}: {name}"
        );

        static string NameOf(Type type) => type.Name.Split('`')[0];
    }

    private static IEnumerable<string> OptionsOf(Type type, string prefix) =>
        from property in type.GetProperties()
        from option in property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal)
            ? OptionsOf(property.PropertyType, prefix + property.Name + ":")
            : [prefix + property.Name]
        select option;

    private static string Read(string document) => File.ReadAllText(Path.Combine(House.Root, document));

    [GeneratedRegex(@"`(?<name>[\w./-]+\.(cs|sql|lua|sh|csproj|slnx|props|md))`", RegexOptions.ExplicitCapture)]
    private static partial Regex FilePattern { get; }

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z]+)(<[^`]*>)?`", RegexOptions.ExplicitCapture)]
    private static partial Regex TypePattern { get; }

    [GeneratedRegex(@"""(?<name>remanso\.[a-z_.]+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex InstrumentPattern { get; }
}
