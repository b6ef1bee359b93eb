namespace Remanso.AspNetCore.OutputCaching;

internal static partial class OutputCacheLog
{
    [LoggerMessage(120, LogLevel.Warning, "The output cache {Cache} could not be read, so the page is made: {Error}")]
    public static partial void OutputNotRead(this ILogger logger, string cache, string error);

    [LoggerMessage(121, LogLevel.Warning, "The output cache {Cache} did not keep a response: {Error}")]
    public static partial void OutputNotKept(this ILogger logger, string cache, string error);
}
