namespace Remanso;

/// <summary>A setting is outside its range, or settings don't fit each other; the message is one line that names the setting.</summary>
public sealed class CacheConfigurationException(string message) : Exception(message);
