using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Remanso.AspNetCore.Tests.Support;

/// <summary>Keeps everything that is logged.</summary>
internal sealed class LogCollector : ILoggerProvider
{
    private readonly ConcurrentQueue<LogRecord> _records = new();

    public IReadOnlyList<LogRecord> Records => [.. _records];

    public IReadOnlyList<LogRecord> Audit => [.. _records.Where(static record => record.Category == "Remanso.Audit")];

    public ILogger CreateLogger(string categoryName) => new Collector(this, categoryName);

    public void Dispose() { }

    private sealed class Collector(LogCollector owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => owner._records.Enqueue(new LogRecord(category, logLevel, eventId.Id, formatter(state, exception) + exception));
    }
}
