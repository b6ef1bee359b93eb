using System.Text.RegularExpressions;
using Remanso.Conformance.Support;
using Remanso.Simulation.History;
using Xunit;

namespace Remanso.Simulation.Tests;

public sealed partial class AllowanceTests
{
    public static TheoryData<string, string> Allowances => [.. Allowed.All.Select(static one => (one.Page, one.Text))];

    [Theory]
    [MemberData(nameof(Allowances))]
    public void What_the_checker_lets_pass_stands_on_a_page(string page, string text) =>
        Assert.Contains(text, Spaces().Replace(File.ReadAllText(Path.Combine(Repository.Root, page)), " "), StringComparison.Ordinal);

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();
}
