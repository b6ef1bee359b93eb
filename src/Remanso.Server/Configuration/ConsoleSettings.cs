using Microsoft.Extensions.Logging.Console;

namespace Remanso.Server.Configuration;

/// <summary>How the log is written: <c>Logging:Console:FormatterName</c>, with the formatter's own settings beside it.</summary>
internal static class ConsoleSettings
{
    private const string FormatterName = "Logging:Console:FormatterName";

    private static readonly string[] _formatters =
    [
        ConsoleFormatterNames.Simple,
        ConsoleFormatterNames.Json,
        ConsoleFormatterNames.Systemd,
    ];

    /// <summary>Checks the settings.</summary>
    /// <exception cref="SettingException">There is no such formatter.</exception>
    public static void Check(IConfiguration configuration)
    {
        if (configuration[FormatterName] is { Length: > 0 } name && !_formatters.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new SettingException(
                $"{FormatterName} must be {string.Join(", ", _formatters[..^1])} or {_formatters[^1]}, but is {name}"
            );
        }
    }

    /// <summary>Whether each line is to be one event, with nothing between them that is for people.</summary>
    public static bool IsForPrograms(IConfiguration configuration) =>
        configuration[FormatterName] is { Length: > 0 } name
        && !ConsoleFormatterNames.Simple.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes one line an event, with the time in UTC, unless the settings say otherwise.</summary>
    public static void AddConsoleLog(this ILoggingBuilder logging)
    {
        // Before the console's own registration, which lays what is configured over it.
        logging.Services.Configure<SimpleConsoleFormatterOptions>(static console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.ConfigureAll<ConsoleFormatterOptions>(Date);
        logging.Services.Configure<SimpleConsoleFormatterOptions>(Date);
        logging.Services.Configure<JsonConsoleFormatterOptions>(Date);
        logging.AddConsole();
    }

    private static void Date(ConsoleFormatterOptions console)
    {
        console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        console.UseUtcTimestamp = true;
    }
}
