namespace Remanso.AspNetCore.Security;

/// <summary>What the keys and guards log.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(201, LogLevel.Information, "Key file {File}: read again, {Keys} keys")]
    public static partial void KeysRead(ILogger logger, string file, int keys);

    [LoggerMessage(202, LogLevel.Error, "The keys stay as they were: {Error}")]
    public static partial void KeysNotRead(ILogger logger, string error);
}
