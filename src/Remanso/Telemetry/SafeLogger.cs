using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Remanso.Telemetry;

/// <summary>A logger that never throws. What a provider throws (a full disk, an event log that refuses) must not end
/// what was only about to tell something: a flush, a commit of the journal, a look at the tier.</summary>
internal sealed class SafeLogger : ILogger
{
    private readonly ILogger _inner;

    private SafeLogger(ILogger inner) => _inner = inner;

    /// <summary>A logger that swallows what another one throws.</summary>
    public static ILogger Of(ILogger? logger) =>
        logger is null or NullLogger or SafeLogger ? logger ?? NullLogger.Instance : new SafeLogger(logger);

    /// <summary>The application's logger of a category, which swallows what its providers throw.</summary>
    public static ILogger Of(IServiceProvider services, string category) =>
        Of((services.GetService(typeof(ILoggerFactory)) as ILoggerFactory)?.CreateLogger(category));

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return _inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        try
        {
            _inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // The other providers have it: a factory's logger asks all of them before it throws.
        }
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return _inner.BeginScope(state);
        }
        catch (Exception)
        {
            return null;
        }
    }
}
