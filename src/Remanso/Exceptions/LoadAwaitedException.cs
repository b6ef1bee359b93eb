namespace Remanso;

/// <summary>Another load of the key, which a write waits for, did not end in time; nothing was written.</summary>
internal sealed class LoadAwaitedException(string message) : TimeoutException(message);
