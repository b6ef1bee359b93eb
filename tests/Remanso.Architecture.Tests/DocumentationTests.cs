using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>What the documents say of the code is still true of it.</summary>
public sealed partial class DocumentationTests
{
    private const string Operations = "docs/how-to/operations.md";

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
    public void Every_link_between_documents_leads_somewhere() =>
        Offenders.MustBeNone(
            "These links lead nowhere:",
            from document in _documents
            from match in LinkPattern.Matches(Read(document))
            let target = Path.Combine(House.Root, Path.GetDirectoryName(document)!, match.Groups["target"].Value)
            where !Path.Exists(target)
            select $"{document}: {match.Groups["target"].Value}"
        );

    [Fact]
    public void Every_option_of_a_cache_is_in_the_operations_manual() =>
        Offenders.MustBeNone(
            $"Add these options to {Operations}, with meaning, range and default:",
            OptionsOf(typeof(CacheOptions), prefix: string.Empty)
                .Where(static option => !Read(Operations).Contains($"`{option}`", StringComparison.Ordinal))
        );

    [Fact]
    public void Every_metric_and_activity_is_in_the_operations_manual() =>
        Offenders.MustBeNone(
            $"Add these to {Operations}, with unit and meaning:",
            from file in House.Sources("src")
            from match in InstrumentPattern.Matches(file.Text)
            let name = match.Groups["name"].Value
            where !Read(Operations).Contains($"`{name}`", StringComparison.Ordinal)
            select $"{file.Path}: {name}"
        );

    private static IEnumerable<string> OptionsOf(Type type, string prefix) =>
        from property in type.GetProperties()
        from option in property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal)
            ? OptionsOf(property.PropertyType, prefix + property.Name + ":")
            : [prefix + property.Name]
        select option;

    private static string Read(string document) => File.ReadAllText(Path.Combine(House.Root, document));

    [GeneratedRegex(@"`(?<name>[\w./-]+\.(cs|sql|lua|sh|csproj|slnx|props|md))`", RegexOptions.ExplicitCapture)]
    private static partial Regex FilePattern { get; }

    [GeneratedRegex(@"\]\((?![a-z]+:)(?<target>[^)#\s]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex LinkPattern { get; }

    [GeneratedRegex(@"""(?<name>remanso\.[a-z_.]+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex InstrumentPattern { get; }
}
