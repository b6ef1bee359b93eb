using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Remanso.Conformance.Support;

/// <summary>Keeps what is logged, one line each.</summary>
public sealed class RecordingLog : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>The lines with an exception, and that.</summary>
    public ConcurrentQueue<(string Line, Exception Exception)> Exceptions { get; } = new();

    /// <summary>What is thrown at each line, as a provider throws whose disk is full.</summary>
    public Exception? Failure { get; init; }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // Nobody asks for one.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        Lines.Enqueue(formatter(state, exception));
        if (exception is not null)
        {
            Exceptions.Enqueue((formatter(state, exception), exception));
        }

        if (Failure is not null)
        {
            throw Failure;
        }
    }

    public void Dispose()
    {
        // Its lines are read afterwards.
    }
}
