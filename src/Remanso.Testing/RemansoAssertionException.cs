namespace Remanso.Testing;

/// <summary>Something that a test asserts does not hold; the message says what holds instead. Every test framework
/// takes it for a failure.</summary>
/// <param name="message">The message.</param>
public sealed class RemansoAssertionException(string message) : Exception(message);
