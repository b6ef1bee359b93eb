namespace Remanso;

/// <summary>A media type is empty, longer than 255 characters, begins or ends with a space, or has other characters
/// than visible ASCII and spaces.</summary>
public sealed class InvalidContentTypeException(string message) : ArgumentException(message);
