namespace Remanso.Server.Hosting;

/// <summary>The events of the server itself, category <c>Remanso.Server</c>.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(
        401,
        LogLevel.Information,
        "Remanso {Version} serves at {Address}; role {Role}; access: {Access}; tier {Tier}; store {Store}; caches {Caches}; "
            + "promise: {Promise}"
    )]
    public static partial void Started(
        this ILogger logger,
        string version,
        string address,
        string role,
        string access,
        string tier,
        string store,
        string caches,
        string promise
    );

    [LoggerMessage(402, LogLevel.Information, "Cache {Cache}: not as it would be unless set: {Settings}")]
    public static partial void Set(this ILogger logger, string cache, string settings);

    [LoggerMessage(403, LogLevel.Information, "{Section}: the certificate was read again; this one is valid until {Until:u}")]
    public static partial void CertificateRenewed(this ILogger logger, string section, DateTime until);

    [LoggerMessage(404, LogLevel.Warning, "{Section}: the last certificate is still shown: {Problem}")]
    public static partial void CertificateNotRenewed(this ILogger logger, string section, string problem);

    [LoggerMessage(
        405,
        LogLevel.Warning,
        "Remanso:Security:MaxConnections is {Connections}, but this process may open {Limit} files, of which it needs some {Own} "
            + "itself: without any left it ends. Raise the limit (LimitNOFILE of systemd, ulimit -n), or lower the setting"
    )]
    public static partial void FilesMayEnd(this ILogger logger, int connections, long limit, int own);

    [LoggerMessage(
        406,
        LogLevel.Information,
        "{Connections} connections are let in at once, and not {Usual}: this process may open {Limit} files, of which it needs some "
            + "{Own} itself. For more, raise the limit (LimitNOFILE of systemd, ulimit -n)"
    )]
    public static partial void FewFiles(this ILogger logger, int connections, long limit, int own, int usual);
}
