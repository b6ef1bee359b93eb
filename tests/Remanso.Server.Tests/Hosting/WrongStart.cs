namespace Remanso.Server.Tests.Hosting;

/// <summary>A start that must fail: one line on stderr, exit code 1, no stack trace, no secret.</summary>
internal static class WrongStart
{
    /// <summary>Starts the server with the arguments, and looks at what it says.</summary>
    public static async Task IsToldAsync(string argument, string expected, params string[] others)
    {
        using var folder = new TemporaryFolder();

        var (code, output, errors) = await ServerProcess.RunAsync(folder.Path, ["--urls", "http://127.0.0.1:0", argument, .. others]);

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.StartsWith("remanso: " + expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.DoesNotContain("secret", errors, StringComparison.Ordinal);
    }
}
