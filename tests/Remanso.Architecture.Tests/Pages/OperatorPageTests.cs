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

    [Fact]
    public void An_upgrade_stops_the_server_before_its_files_are_replaced()
    {
        var steps = ListingOf("docs/how-to/systemd.md", "systemctl").Split('\n');

        var order = (string[])["systemctl stop remanso", "cp -rT out /opt/remanso", "systemctl start remanso"];
        Assert.Equal(order, order.OrderBy(step => Array.FindIndex(steps, line => line.Contains(step, StringComparison.Ordinal))));
        Assert.All(order, step => Assert.Contains(steps, line => line.Contains(step, StringComparison.Ordinal)));
    }

    [Fact]
    public void Doctor_gets_the_folder_and_the_settings_of_the_unit()
    {
        var unit = Read("deploy/systemd/remanso.service").Split('\n');
        var doctor = ListingOf(Runbook, "systemd-run");

        // Where the state folder of a service is, https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html
        Assert.Contains("WorkingDirectory=" + Of("WorkingDirectory").Replace("%S", "/var/lib", StringComparison.Ordinal) + " ", doctor);
        Assert.Contains("EnvironmentFile=" + Of("EnvironmentFile") + " ", doctor);
        Assert.Contains(Of("ExecStart") + " doctor\n", doctor);
        var settings = unit.Where(static line => line.StartsWith("Environment=", StringComparison.Ordinal))
            .Select(static line => line.Split('=')[1])
            .Where(static name =>
                !name.StartsWith("DOTNET_", StringComparison.Ordinal) && !name.StartsWith("Logging__", StringComparison.Ordinal)
            );
        Assert.All(settings, name => Assert.Contains($"-E {name}=/etc/remanso/", doctor));

        string Of(string name) => Assert.Single(unit, line => line.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];
    }

    [Fact]
    public void No_step_is_told_by_names_of_keys_that_may_be_the_beginning_of_another_caches() =>
        Assert.DoesNotContain(":{", Read("docs/how-to/backup-upgrade-move.md"), StringComparison.Ordinal);

    [Fact]
    public void Whoever_empties_or_leaves_a_Redis_is_told_to_look_for_dead_letters_first()
    {
        // A restored database leaves those that wait in the tier.
        var sections = Read("docs/how-to/backup-upgrade-move.md")
            .Split("\n#")
            .Where(static section => section.Contains("flush", StringComparison.Ordinal))
            .Where(static section => !section.StartsWith("## Restore", StringComparison.Ordinal))
            .ToArray();

        Assert.True(sections.Length >= 5);
        Assert.All(sections, static section => Assert.Contains("dead", section, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The first listing of a page that has a word.</summary>
    private static string ListingOf(string page, string word) =>
        ListingPattern.Matches(Read(page)).First(match => match.Value.Contains(word, StringComparison.Ordinal)).Value;

    private static string Read(string file) => File.ReadAllText(Path.Combine(House.Root, file));

    [GeneratedRegex(@"(?<=ENTRYPOINT \[""dotnet"", "")[^""]+")]
    private static partial Regex EntryPattern { get; }

    [GeneratedRegex("```sh\n.*?\n```", RegexOptions.Singleline)]
    private static partial Regex ListingPattern { get; }

    [GeneratedRegex(@"(?<= dotnet )/app/\S+\.dll")]
    private static partial Regex ProgramPattern { get; }
}
