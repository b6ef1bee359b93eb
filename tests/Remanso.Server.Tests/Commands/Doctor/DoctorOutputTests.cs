using System.Text.RegularExpressions;
using Remanso.Conformance.Support;
using Remanso.Server.Commands;
using Remanso.Server.Commands.Doctor;
using Spectre.Console;

namespace Remanso.Server.Tests.Commands.Doctor;

/// <summary>How <c>doctor</c> says it.</summary>
public sealed partial class DoctorOutputTests
{
    private static readonly Finding[] _findings =
    [
        new(
            "redis",
            "eviction",
            DocLink.Redis,
            Verdict.Problem(
                "127.0.0.1:6379 has maxmemory-policy [allkeys-lru], which may evict writes that the store does not have yet.",
                "CONFIG SET maxmemory-policy noeviction, and in redis.conf."
            )
        ),
        new("database", "round trip", DocLink.Sizing, Verdict.Unknown("no answer within 10 s")),
        new("files", "disk space", DocLink.Deployment, Verdict.Ok("2 GiB free")),
    ];

    [Fact]
    public async Task Plain_lines_name_what_is_wrong_the_cure_and_the_page()
    {
        var (code, output, errors) = await DoctorRun.TextOfAsync("--only", "settings", "--role", "chef");

        Assert.Equal((5, ""), (code, errors));
        Assert.StartsWith(
            "problem  settings: configuration: Remanso:Role must be all, api or worker, but is chef\n         The server would not start",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains("\n         docs/reference/server-options.md#settings-of-the-server\n", output, StringComparison.Ordinal);
        Assert.Matches("[0-9] looked at: 1 problem, 0 could not be checked, 0 warnings, [0-9] fine\\.\n$", output);
        Assert.DoesNotContain("ok ", output, StringComparison.Ordinal);
        Assert.Contains(
            "ok       settings: caches: ",
            (await DoctorRun.TextOfAsync("--only", "settings", "--all")).Output,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(80)]
    [InlineData(50)]
    public void A_screen_gets_a_table_within_its_width(int width)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var screen = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(output),
            }
        );
        screen.Profile.Width = width;
        var terminal = new Terminal(output, TextWriter.Null, Stream.Null, Stream.Null, static _ => null) { Screen = screen };

        FindingWriter.WriteText(terminal, _findings, all: true);

        var text = output.ToString();
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, width));
        Assert.Contains("[allkeys-lru]", text, StringComparison.Ordinal);
        Assert.Contains("eviction", text, StringComparison.Ordinal);
        Assert.Contains(
            "3 looked at: 1 problem, 1 could not be checked, 0 warnings, 1 fine.",
            string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_exit_code_is_of_the_worst()
    {
        Assert.Equal(5, Examination.ExitCodeOf(_findings));
        Assert.Equal(6, Examination.ExitCodeOf(_findings[1..]));
        Assert.Equal(0, Examination.ExitCodeOf(_findings[2..]));
        Assert.Equal(0, Examination.ExitCodeOf([new("a", "b", "c", Verdict.Warning("d", "e"))]));
    }

    [Fact]
    public async Task A_check_that_throws_or_hangs_is_one_that_could_not_check()
    {
        await using var patient = Patient.Admit([], TimeProvider.System);
        ICheck[] checks =
        [
            new Check(static _ => throw new FormatException("secret")),
            new Check(static token => new TaskCompletionSource().Task.WaitAsync(token)),
            new Check(static _ => Task.CompletedTask),
        ];

        var findings = await Examination.RunAsync(checks, patient, TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);

        Assert.Equal([FindingStatus.Unknown, FindingStatus.Unknown, FindingStatus.Ok], findings.Select(static finding => finding.Status));
        Assert.Equal("it failed with FormatException", findings[0].Verdict.Message);
        Assert.Equal("no answer within 0.05 s", findings[1].Verdict.Message);
    }

    [Theory]
    [InlineData("--time-limit must be a time", "--time-limit", "soon")]
    [InlineData("--time-limit must be above 0", "--time-limit", "0")]
    [InlineData("dentist", "--only", "dentist")]
    public async Task Wrong_usage_ends_with_2(string expected, params string[] switches)
    {
        var (code, output, errors) = await DoctorRun.TextOfAsync(switches);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_option_and_none_of_those_that_call_a_server()
    {
        var (code, output, _) = await DoctorRun.TextOfAsync("--help");

        Assert.Equal(0, code);
        Assert.All(["--json", "--all", "--only", "--time-limit", "--tier", "--store"], option =>
            Assert.Contains(option, output, StringComparison.Ordinal)
        );
        Assert.DoesNotContain("--key-file", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_link_leads_to_a_heading_of_the_manual()
    {
        var links = typeof(DocLink).GetFields().Select(static field => (string)field.GetValue(null)!).ToArray();
        Assert.NotEmpty(links);
        foreach (var link in links)
        {
            var (page, heading) = (link.Split('#')[0], link.Split('#')[1]);
            var headings = File.ReadLines(Path.Combine(Repository.Root, page))
                .Where(static line => line.StartsWith('#'))
                .Select(static line => SlugOf(line.TrimStart('#').Trim()));
            Assert.True(headings.Contains(heading, StringComparer.Ordinal), $"{link} leads nowhere");
        }
    }

    [Fact]
    public void Every_check_is_run_and_has_a_known_category_and_a_link()
    {
        var checks = typeof(ICheck)
            .Assembly.GetTypes()
            .Where(static type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(ICheck)));
        Assert.Equal(
            checks.Select(static type => type.Name).Order(StringComparer.Ordinal),
            AllChecks.InOrder.Select(static check => check.GetType().Name).Order(StringComparer.Ordinal)
        );
        var links = typeof(DocLink).GetFields().Select(static field => (string)field.GetValue(null)!).ToArray();
        Assert.All(AllChecks.InOrder, check => Assert.Contains(check.Category, Category.All));
        Assert.All(AllChecks.InOrder, check => Assert.Contains(check.Link, links));
        Assert.Equal(AllChecks.InOrder.Count, AllChecks.InOrder.Select(static check => (check.Category, check.Name)).Distinct().Count());
    }

    private static string SlugOf(string heading) => NoSlug.Replace(heading.ToLowerInvariant(), string.Empty).Replace(' ', '-');

    [GeneratedRegex("[^a-z0-9 -]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NoSlug { get; }

    private sealed class Check(Func<CancellationToken, Task> act) : ICheck
    {
        public string Category => "settings";

        public string Name => "test";

        public string Link => DocLink.Sizing;

        public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
        {
            await act(cancellationToken);
            return [Verdict.Ok("fine")];
        }
    }
}
