using System.Diagnostics;
using Remanso.Server.Commands;
using Remanso.Testing;

namespace Remanso.Server.Tests.Commands;

public sealed class KeysCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly string _file;

    public KeysCommandTests() => _file = _folder.File("data/keys.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_keys_text_is_all_that_goes_to_the_output_and_is_not_in_the_file()
    {
        var (code, output, errors) = Run(
            "create",
            "app",
            "--scopes",
            "read,write",
            "--caches",
            "orders,shop-*",
            "--prefix=user:",
            "--expires",
            "90d"
        );

        Assert.Equal(0, code);
        Assert.Matches("^rmk_[a-z2-7]{10}_[a-z2-7]{52}_[0-9a-f]{8}\n$", output);
        Assert.Contains("can't be shown again", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(output.Trim()[15..], File.ReadAllText(_file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_shows_what_keys_may_do_and_until_when()
    {
        Run("create", "app", "--scopes", "read,write", "--caches", "orders,shop-*", "--prefix=user:", "--expires", "1h");
        Run("create", "ops", "--scopes", "all");
        _time.Advance(TimeSpan.FromHours(1));

        var (code, output, _) = Run("list");

        Assert.Equal(0, code);
        var lines = output.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Matches("^ID +NAME +EXPIRES +GRANT$", lines[0]);
        Assert.Matches("^[a-z2-7]{10}  app   expired +read, write on orders, shop-\\*, keys user:…$", lines[1]);
        Assert.Matches("^[a-z2-7]{10}  ops   never +read, write, operate, observe on \\*$", lines[2]);
    }

    [Fact]
    public void Revoking_by_identifier_takes_one_and_by_name_all()
    {
        var first = Run("create", "app", "--scopes", "read").Output[4..14];
        Run("create", "app", "--scopes", "read");
        Run("create", "ops", "--scopes", "read");

        Assert.Equal($"{first} (app) is revoked.\n", Run("revoke", first).Output);
        Run("create", "app", "--scopes", "read");
        Assert.Equal(2, Run("revoke", "app").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("There is no key app", Run("revoke", "app").Errors, StringComparison.Ordinal);
        Assert.Equal(2, Run("list").Output.TrimEnd().Split('\n').Length);
    }

    [Theory]
    [InlineData(2, "keys create needs --scopes", "create", "app")]
    [InlineData(2, "A scope is read, write, operate, observe or all, not 'fly'.", "create", "app", "--scopes", "read,fly")]
    [InlineData(2, "The cache 'a/b' of a grant must be", "create", "app", "--scopes", "read", "--caches", "a/b")]
    [InlineData(
        2,
        "--expires must be a duration such as 90d or 12h, but is soon",
        "create",
        "app",
        "--scopes",
        "read",
        "--expires",
        "soon"
    )]
    [InlineData(2, "--expires must end before the year 10000", "create", "app", "--scopes", "read", "--expires", "9000000d")]
    [InlineData(2, "--expires must be above zero, but is -1h", "create", "app", "--scopes", "read", "--expires", "-1h")]
    [InlineData(2, "--expires must be above zero, but is 0d", "create", "app", "--scopes", "read", "--expires", "0d")]
    [InlineData(2, "The prefix of a grant is not empty", "create", "app", "--scopes", "all", "--prefix", "")]
    [InlineData(2, "The prefix of a grant is not empty", "create", "app", "--scopes", "all", "--prefix=")]
    [InlineData(2, "--colour is not known here", "create", "app", "--scopes", "read", "--colour", "red")]
    [InlineData(2, "--scopes needs a value", "create", "app", "--scopes")]
    [InlineData(2, "keys takes create NAME, list or revoke NAME", "create", "--scopes", "read")]
    [InlineData(2, "keys takes create NAME, list or revoke NAME", "make")]
    [InlineData(1, "There is no key app in", "revoke", "app")]
    [InlineData(2, "can't be read", "list")]
    [InlineData(2, "A key's name has 1 to 64 characters", "create", "", "--scopes", "read")]
    public void What_is_wrong_is_said_in_one_line_and_nothing_is_made(int expectedCode, string expected, params string[] arguments)
    {
        var (code, output, errors) = Run(arguments);

        Assert.Equal(expectedCode, code);
        Assert.Empty(output);
        Assert.StartsWith("remanso: ", errors, StringComparison.Ordinal);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.False(File.Exists(_file));
    }

    [Fact]
    public void A_key_whose_text_can_not_be_written_is_not_there()
    {
        using var full = new FullWriter();
        using var errors = new StringWriter();

        Assert.Equal(ExitCode.Local, new KeysCommand(full, errors, _time, _file).Run("create", "app", "--scopes", "read"));
        Assert.Contains("so the key is taken back: No space left", errors.ToString(), StringComparison.Ordinal);
        Assert.Single(Run("list").Output.TrimEnd().Split('\n'));
        Assert.Equal(ExitCode.Local, new KeysCommand(full, errors, _time, _file).Run("list"));
    }

    [Fact]
    public void What_is_told_to_an_output_that_is_full_ends_with_7()
    {
        using var full = new FullWriter();
        using var errors = new StringWriter { NewLine = "\n" };

        Assert.Equal(ExitCode.Local, StandardOutput.Tell("usage", full, errors));
        Assert.Equal("remanso: No space left\n", errors.ToString());
    }

    [Fact]
    [Trait("needs", "managed")]
    public async Task The_servers_help_is_told_to_an_output_that_is_full_without_a_stack_trace()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Remanso.Server.dll");
        var start = new ProcessStartInfo("bash", ["-c", $"dotnet '{program}' --help > /dev/full"])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;

        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((7, "remanso: No space left on device\n"), (process.ExitCode, errors));
    }

    [Fact]
    public void Help_names_every_option() => Assert.Contains("--prefix PREFIX", Run("--help").Output, StringComparison.Ordinal);

    [Fact]
    public async Task The_program_runs_the_command_and_takes_the_file_from_its_settings()
    {
        var (code, output, _) = await ServerProcess.RunAsync(
            _folder.Path,
            ["keys", "create", "app", "--scopes", "read"],
            ("Remanso__Security__KeyFile", "my-keys.json")
        );

        Assert.Equal(0, code);
        Assert.StartsWith("rmk_", output, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("my-keys.json")));
    }

    /// <summary>A disk that is full.</summary>
    private sealed class FullWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("No space left");
    }

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using StringWriter output = new(),
            errors = new();
        output.NewLine = errors.NewLine = "\n";
        var code = new KeysCommand(output, errors, _time, _file).Run(arguments);
        return (code, output.ToString(), errors.ToString());
    }
}
