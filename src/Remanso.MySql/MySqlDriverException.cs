namespace Remanso;

/// <summary>No driver for MySQL could be found or loaded; the message is one line that says what to do.</summary>
public sealed class MySqlDriverException(string message, Exception? innerException = null) : Exception(message, innerException);
