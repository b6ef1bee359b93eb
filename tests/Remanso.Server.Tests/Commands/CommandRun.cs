using Remanso.Server.Commands;
using Remanso.Testing;

namespace Remanso.Server.Tests.Commands;

/// <summary>A run of a command that calls a server.</summary>
internal static class CommandRun
{
    public static Task<(int Code, string Output, string Errors)> AsyncOf(Uri server, byte[] input, params string[] arguments) =>
        AsyncOf(server, TimeProvider.System, input, arguments);

    /// <summary>The same, and no pause lasts: the clock of its calls is moved until it ends.</summary>
    public static async Task<(int Code, string Output, string Errors)> WithoutPausesAsync(Uri server, params string[] arguments)
    {
        var time = new ManualTimeProvider();
        var running = AsyncOf(server, time, [], [.. arguments, "--timeout", "30d"]);
        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }

        return await running;
    }

    public static async Task<(int Code, string Output, string Errors)> AsyncOf(
        Uri server,
        TimeProvider time,
        byte[] input,
        params string[] arguments
    ) => await EndedAsync(server, time, input, TestContext.Current.CancellationToken, arguments);

    /// <summary>The same, until Ctrl+C.</summary>
    public static async Task<(int Code, string Output, string Errors)> EndedAsync(
        Uri server,
        TimeProvider time,
        byte[] input,
        CancellationToken end,
        params string[] arguments
    )
    {
        using StringWriter output = new(),
            errors = new();
        output.NewLine = errors.NewLine = "\n";
        using MemoryStream raw = new(),
            given = new(input);
        var terminal = new Terminal(output, errors, raw, given, name => name == "REMANSO_URL" ? server.ToString() : null) { Time = time };
        var code = await new ClientCommands(terminal).RunAsync(arguments, end);
        return (code, output + Encoding.UTF8.GetString(raw.ToArray()), errors.ToString());
    }
}
