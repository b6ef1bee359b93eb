namespace Remanso;

/// <summary>A key is empty, longer than 1,024 bytes of UTF-8, not valid Unicode, or has control characters.</summary>
public sealed class InvalidKeyException(string message) : ArgumentException(message);
