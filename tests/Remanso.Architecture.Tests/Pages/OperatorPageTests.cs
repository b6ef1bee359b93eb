using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests.Pages;

/// <summary>What somebody reads at night is true of what is shipped.</summary>
public sealed partial class OperatorPageTests
{
    private const string Runbook = "docs/how-to/runbook.md";

    [Fact]
    public void The_program_of_the_image_is_called_where_the_image_has_it()
    {
        var program = Assert.Single(EntryPattern.Matches(Read("Dockerfile"))).Value;
        var called = ProgramPattern.Matches(Read(Runbook)).Select(static match => match.Value).Distinct();

        Assert.Equal([program], called);
    }

    [Theory]
    [InlineData(Runbook)]
    [InlineData("docs/how-to/troubleshooting.md")]
    public void Each_limit_at_which_a_write_is_refused_is_named(string page) =>
        Assert.All(["Tier:MaxDirtyEntries", "Tier:MaxDirtyBytes", "Tier:MaxDirtyAge", "maxmemory", "idempotency-full"], limit =>
            Assert.Contains(limit, Read(page), StringComparison.Ordinal)
        );

    [Fact]
    public void No_page_promises_what_WAITAOF_of_Redis_would_give() =>
        Offenders.MustBeNone(
            "Redis gives Logged with appendfsync always, whatever its version (docs/explanation/guarantees.md):",
            from page in Page.All
            where page.Path.StartsWith("docs/", StringComparison.Ordinal) && !page.Path.StartsWith("docs/adr/", StringComparison.Ordinal)
            where page.Path != "docs/explanation/guarantees.md"
            from line in page.Lines
            where line.Contains("WAITAOF", StringComparison.Ordinal) || line.Contains("Redis 7.2", StringComparison.Ordinal)
            select $"{page.Path}: {line}"
        );

    private static string Read(string file) => File.ReadAllText(Path.Combine(House.Root, file));

    [GeneratedRegex(@"(?<=ENTRYPOINT \[""dotnet"", "")[^""]+")]
    private static partial Regex EntryPattern { get; }

    [GeneratedRegex(@"(?<= dotnet )/app/\S+\.dll")]
    private static partial Regex ProgramPattern { get; }
}
