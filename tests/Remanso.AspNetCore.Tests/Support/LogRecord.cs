using Microsoft.Extensions.Logging;

namespace Remanso.AspNetCore.Tests.Support;

/// <summary>What one record of the log says.</summary>
internal sealed record LogRecord(string Category, LogLevel Level, int Event, string Text);
