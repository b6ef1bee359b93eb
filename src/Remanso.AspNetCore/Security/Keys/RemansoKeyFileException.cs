namespace Remanso.AspNetCore.Security.Keys;

/// <summary>A key file can't be read, written or changed so; the message is one line and names the file and what is wrong.</summary>
/// <param name="message">The line.</param>
/// <param name="innerException">The cause, if there is one.</param>
public sealed class RemansoKeyFileException(string message, Exception? innerException = null) : Exception(message, innerException);
