using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Logging.Console;

namespace Remanso.Server.Configuration;

/// <summary>How the log is written: <c>Logging:Console:FormatterName</c>, with the formatter's own settings beside it.</summary>
internal static class ConsoleSettings
{
    private const string Time = "yyyy-MM-ddTHH:mm:ss.fffZ";
    private const string Name = "Logging";
    private const string Levels = "LogLevel";
    private const string FormatterName = "Logging:Console:FormatterName";

    private static readonly string[] _formatters =
    [
        ConsoleFormatterNames.Simple,
        ConsoleFormatterNames.Json,
        ConsoleFormatterNames.Systemd,
    ];

    /// <summary>What is read, by section; under LogLevel stand categories, which have no end.</summary>
    public static IEnumerable<(string Section, string[] Known)> Known { get; } =
    [
        (Name, [Levels, "CaptureScopes", "Console"]),
        ("Logging:Console", [Levels, .. NamesOf(typeof(ConsoleLoggerOptions)), "FormatterOptions"]),
        (
            "Logging:Console:FormatterOptions",
            [.. NamesOf(typeof(SimpleConsoleFormatterOptions)).Union(NamesOf(typeof(JsonConsoleFormatterOptions)), StringComparer.Ordinal)]
        ),
        ("Logging:Console:FormatterOptions:JsonWriterOptions", [.. NamesOf(typeof(JsonWriterOptions))]),
    ];

    private static readonly string[] _levels = Enum.GetNames<LogLevel>();

    /// <summary>Checks the settings.</summary>
    /// <exception cref="SettingException">There is no such formatter or level, or a setting can't be read.</exception>
    public static void Check(IConfiguration configuration)
    {
        if (configuration[FormatterName] is { Length: > 0 } name && !_formatters.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new SettingException(
                $"{FormatterName} must be {string.Join(", ", _formatters[..^1])} or {_formatters[^1]}, but is {name}"
            );
        }

        var logging = configuration.GetSection(Name);
        foreach (
            var levels in logging.GetChildren().Select(static provider => provider.GetSection(Levels)).Append(logging.GetSection(Levels))
        )
        {
            CheckLevels(levels);
        }

        CheckTruth(configuration, Name + ":CaptureScopes");
        Bind<ConsoleLoggerOptions>(logging.GetSection("Console"));
        var formatter = logging.GetSection("Console:FormatterOptions");
        Bind<ConsoleFormatterOptions>(formatter);
        Bind<SimpleConsoleFormatterOptions>(formatter);
        Bind<JsonConsoleFormatterOptions>(formatter);
    }

    private static void CheckLevels(IConfigurationSection levels)
    {
        foreach (var level in levels.GetChildren())
        {
            if (
                level.Value is { Length: > 0 } text
                && !(Enum.TryParse<LogLevel>(text, ignoreCase: true, out var known) && Enum.IsDefined(known))
            )
            {
                throw new SettingException($"{level.Path} must be {string.Join(", ", _levels[..^1])} or {_levels[^1]}, but is {text}");
            }
        }
    }

    private static void CheckTruth(IConfiguration configuration, string name)
    {
        if (configuration[name] is { Length: > 0 } text && !bool.TryParse(text, out _))
        {
            throw new SettingException($"{name} must be true or false, but is {text}");
        }
    }

    private static IEnumerable<string> NamesOf(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type options
    ) => options.GetProperties().Select(static property => property.Name);

    // As the framework will do it.
    private static void Bind<TOptions>(IConfigurationSection section)
    {
        try
        {
            _ = section.Get<TOptions>();
        }
        catch (Exception exception) when (exception is InvalidOperationException or TargetInvocationException)
        {
            var told = exception is TargetInvocationException { InnerException: { } inner } ? inner : exception;
            throw new SettingException($"{section.Path} has a value that can't be read: {told.Message}");
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
        logging.Services.ConfigureAll<ConsoleFormatterOptions>(static console => Date(console, Time + " "));
        logging.Services.Configure<SimpleConsoleFormatterOptions>(static console => Date(console, Time + " "));
        logging.Services.Configure<JsonConsoleFormatterOptions>(static console => Date(console, Time));
        logging.AddConsole();
    }

    private static void Date(ConsoleFormatterOptions console, string format)
    {
        console.TimestampFormat = format;
        console.UseUtcTimestamp = true;
    }
}
