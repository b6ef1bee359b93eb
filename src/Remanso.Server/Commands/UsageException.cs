namespace Remanso.Server.Commands;

/// <summary>A command was called in a way that it does not know.</summary>
internal sealed class UsageException(string message) : Exception(message);
