namespace Remanso.Load;

/// <summary>The command line makes no sense; the message says which argument and why.</summary>
internal sealed class UsageException(string message) : Exception(message);
