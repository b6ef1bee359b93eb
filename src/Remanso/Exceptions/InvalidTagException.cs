namespace Remanso;

/// <summary>A tag is empty, longer than 256 bytes of UTF-8, not valid Unicode, or has control characters; or an entry
/// has too many tags.</summary>
public sealed class InvalidTagException(string message) : ArgumentException(message);
