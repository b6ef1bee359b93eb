using Remanso.Server.Commands;

namespace Remanso.Server.Tests.Commands;

/// <summary>A run of a command that calls a server.</summary>
internal static class CommandRun
{
    public static Task<(int Code, string Output, string Errors)> AsyncOf(Uri server, byte[] input, params string[] arguments) =>
        AsyncOf(server, TimeProvider.System, input, arguments);

    public static async Task<(int Code, string Output, string Errors)> AsyncOf(
        Uri server,
        TimeProvider time,
        byte[] input,
        params string[] arguments
    )
    {
        using StringWriter output = new(),
            errors = new();
        output.NewLine = errors.NewLine = "\n";
        using MemoryStream raw = new(),
            given = new(input);
        var terminal = new Terminal(output, errors, raw, given, name => name == "REMANSO_URL" ? server.ToString() : null) { Time = time };
        var code = await new ClientCommands(terminal).RunAsync(arguments, TestContext.Current.CancellationToken);
        return (code, output + Encoding.UTF8.GetString(raw.ToArray()), errors.ToString());
    }
}
