namespace Remanso.AspNetCore.Http;

/// <summary>A body can't be read for a reason of this machine's own, such as a full disk where the application buffers it.</summary>
internal sealed class BodyUnreadableException(IOException cause) : Exception(cause.Message, cause);
