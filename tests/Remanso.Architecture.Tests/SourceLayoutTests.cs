using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>What makes a file easy to find and quick to read.</summary>
public sealed partial class SourceLayoutTests
{
    private const int LongestFile = 500;
    private const int MedianFile = 100;

    // Where an application finds all that it calls by one using, or by none.
    private static readonly string[] _applications =
    [
        "Remanso",
        "Microsoft.Extensions.DependencyInjection",
        "Microsoft.AspNetCore.Builder",
        "OpenTelemetry",
    ];

    // Parts of the core's root: what callers get and give.
    private static readonly string[] _ofTheRoot = ["Remanso.Exceptions", "Remanso.Options", "Remanso.Results"];

    [Fact]
    public void Namespaces_are_folders_but_for_what_applications_call() =>
        Offenders.MustBeNone(
            "The namespace of a file is its folder's, or, of a public type that applications call, Remanso:",
            from file in House.Sources("src", "tests")
            where
                file.Namespace is null
                    ? file.DeclaresTypes && !IsOfTheRuntime(file)
                    : file.Namespace != file.FolderNamespace && !IsOfApplications(file)
            select $"{file.Path}: {file.Namespace ?? "no namespace"}, not {file.FolderNamespace}"
        );

    [Fact]
    public void A_file_has_at_most_one_public_type() =>
        Offenders.MustBeNone(
            "One public type a file:",
            from file in House.Sources("src", "tests")
            where file.PublicTypes.Count > 1 && !IsListOfConformanceClasses(file)
            select $"{file.Path}: {string.Join(", ", file.PublicTypes)}"
        );

    [Fact]
    public void A_public_type_is_found_under_its_name() =>
        Offenders.MustBeNone(
            "A file is called like its public type (and OfT for the second of two arities):",
            from file in House.Sources("src", "tests")
            where !IsListOfConformanceClasses(file)
            from type in file.PublicTypes
            let name = Path.GetFileNameWithoutExtension(file.Path)
            where name != type && name != type + "OfT"
            select $"{file.Path}: {type}"
        );

    [Fact]
    public void No_file_is_longer_than_500_lines() =>
        Offenders.MustBeNone(
            $"No file has more than {LongestFile} lines; look for the second idea in it:",
            from file in House.Sources("src", "tests")
            where file.Lines > LongestFile
            select $"{file.Path}: {file.Lines} lines"
        );

    [Fact]
    public void The_median_file_is_shorter_than_100_lines()
    {
        var files = House.Sources("src", "tests").OrderBy(static file => file.Lines).ToArray();
        var median = files[files.Length / 2].Lines;

        Assert.True(
            median < MedianFile,
            $"The median file has {median} lines. The longest are: "
                + string.Join(", ", files.TakeLast(10).Select(static file => $"{file.Path} ({file.Lines})"))
        );
    }

    [Fact]
    public void Partial_is_for_source_generators_only() =>
        Offenders.MustBeNone(
            "A type in parts hides its size; these have no source generator that writes the other part:",
            from file in House.Sources("src", "tests", "samples")
            where file.IsPartial && !file.IsGeneratedInPart
            select file.Path
        );

    [Fact]
    public void Tests_neither_sleep_nor_ask_the_wall_clock_nor_are_skipped() =>
        Offenders.MustBeNone(
            "A test waits for what it wants to see, moves its own clock, and runs:",
            from file in House.Sources("tests")
            from match in ForbiddenInTests.Matches(file.Text)
            select $"{file.Path}: {match.Value}"
        );

    [Fact]
    public void Who_takes_an_idle_pool_as_a_sign_runs_alone() =>
        Offenders.MustBeNone(
            "Beside other tests the pool is never idle; add [Collection(ManualClockTests.Name)]:",
            from file in House.Sources("tests/Remanso.Tests")
            where file.Text.Contains("CacheHarness.SettleAsync(") || file.Text.Contains(".AdvanceUntilAsync(")
            where file.Text.Contains("[Fact") || file.Text.Contains("[Theory")
            where !file.Text.Contains("[Collection(ManualClockTests.Name)]")
            select file.Path
        );

    private static bool IsOfApplications(SourceFile file) =>
        file.Path.StartsWith("src/", StringComparison.Ordinal)
        && _applications.Contains(file.Namespace)
        && (file.PublicTypes.Count > 0 || _ofTheRoot.Contains(file.FolderNamespace));

    // The runtime calls a startup hook by this name, without a namespace.
    private static bool IsOfTheRuntime(SourceFile file) => file.Path.EndsWith("/StartupHook.cs", StringComparison.Ordinal);

    // An implementation runs every suite by one line for each; a file a line would hide that the list is complete.
    private static bool IsListOfConformanceClasses(SourceFile file) =>
        file.Path.EndsWith("Conformance.cs", StringComparison.Ordinal)
        && !file.Path.StartsWith("tests/Remanso.Conformance/", StringComparison.Ordinal);

    // A test of one operating system's own behaviour may ask for that system.
    [GeneratedRegex(
        @"\bThread\.Sleep\b|\bDateTime\.(Now|UtcNow)\b|\bSkip(When|Unless)?\s*=[^=>]|\bAssert\.Skip(?!Unless\(OperatingSystem\.)\w*",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex ForbiddenInTests { get; }
}
