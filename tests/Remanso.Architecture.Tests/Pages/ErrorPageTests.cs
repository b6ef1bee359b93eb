using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests.Pages;

/// <summary>Whoever meets an error finds it on the page of errors, and finds none there that does not exist.</summary>
public sealed partial class ErrorPageTests
{
    private const string Page = "docs/reference/errors.md";

    private static readonly string _page = File.ReadAllText(Path.Combine(House.Root, Page));

    [Fact]
    public void The_page_lists_every_problem_that_the_API_answers_with() =>
        MustBeTheSame(
            from file in House.Sources("src/Remanso.AspNetCore")
            from match in ProblemPattern.Matches(file.Text)
            select match.Groups["name"].Value,
            from match in ProblemRow.Matches(_page)
            select match.Groups["name"].Value
        );

    [Fact]
    public void The_page_lists_every_public_exception() =>
        MustBeTheSame(
            from assembly in House.Product
            from type in assembly.GetExportedTypes()
            where type.IsAssignableTo(typeof(Exception))
            select type.Name,
            from match in ExceptionRow.Matches(_page)
            select match.Groups["name"].Value
        );

    [Fact]
    public void The_page_of_the_command_line_lists_every_exit_code()
    {
        var codes = House
            .Product.Single(static one => House.Name(one) == "Remanso.Server")
            .GetType("Remanso.Server.Commands.ExitCode", throwOnError: true)!;

        MustBeTheSame(
            from field in codes.GetFields(BindingFlags.Public | BindingFlags.Static)
            select field.GetRawConstantValue()!.ToString()!,
            from match in CodeRow.Matches(File.ReadAllText(Path.Combine(House.Root, "docs/reference/command-line.md")))
            from code in match.Groups["codes"].Value.Split(", ")
            select code
        );
    }

    private static void MustBeTheSame(IEnumerable<string> inCode, IEnumerable<string> onPage)
    {
        var (code, page) = (inCode.ToHashSet(StringComparer.Ordinal), onPage.ToHashSet(StringComparer.Ordinal));
        Assert.NotEmpty(code);
        Offenders.MustBeNone("Add these to the page:", code.Except(page));
        Offenders.MustBeNone("These are on the page, and not in the code:", page.Except(code));
    }

    // A status, then the name: Problem(StatusCodes.Status404NotFound, "absent-key", ...
    [GeneratedRegex(@"(Status\d{3}\w+|bad\.StatusCode),\s*""(?<name>[a-z-]+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex ProblemPattern { get; }

    [GeneratedRegex(@"^\| \d{3} \| `(?<name>[a-z-]+)` \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex ProblemRow { get; }

    [GeneratedRegex(@"^\| `(?<name>\w+Exception)` \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex ExceptionRow { get; }

    [GeneratedRegex(@"^\| (?<codes>\d+(, \d+)*) \| ", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex CodeRow { get; }
}
