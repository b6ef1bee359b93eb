using System.Text.Json;

namespace Remanso.Server.Tests.Commands.Doctor;

/// <summary>A run of <c>remanso doctor --json</c>.</summary>
internal sealed record DoctorRun(int Code, string Text, IReadOnlyList<JsonElement> Checks)
{
    private static readonly Uri _nowhere = new("http://localhost:1");

    public static async Task<DoctorRun> OfAsync(params string[] switches)
    {
        var (code, output, errors) = await CommandRun.AsyncOf(_nowhere, [], ["doctor", "--json", .. switches]);
        Assert.Equal("", errors);
        return new DoctorRun(code, output, [.. JsonDocument.Parse(output).RootElement.GetProperty("checks").EnumerateArray()]);
    }

    public static Task<(int Code, string Output, string Errors)> TextOfAsync(params string[] switches) =>
        CommandRun.AsyncOf(_nowhere, [], ["doctor", .. switches]);

    /// <summary>Checks that something is named, with a cure and the way to the manual.</summary>
    public void Names(string status, string category, string name, string message)
    {
        var found = Checks
            .Where(check => check.GetProperty("category").GetString() == category && check.GetProperty("name").GetString() == name)
            .ToArray();
        Assert.True(
            found.Any(check =>
                check.GetProperty("status").GetString() == status
                && check.GetProperty("message").GetString()!.Contains(message, StringComparison.OrdinalIgnoreCase)
                && check.GetProperty("fix").GetString() is { Length: > 0 }
                && check.GetProperty("link").GetString() is { Length: > 0 }
            ),
            $"{status} of {category}: {name} with '{message}' is not in {Text}"
        );
    }

    /// <summary>What is not fine, for a message.</summary>
    public IEnumerable<string> Wrong =>
        Checks.Where(static check => check.GetProperty("status").GetString() != "ok").Select(static check => check.ToString());
}
