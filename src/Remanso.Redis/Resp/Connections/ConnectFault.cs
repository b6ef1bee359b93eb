using System.Net.Sockets;
using System.Security.Authentication;

namespace Remanso.Redis.Resp.Connections;

/// <summary>Puts into words why a server can't be used: what an operator has to look at.</summary>
internal static class ConnectFault
{
    /// <param name="endPoint">The server.</param>
    /// <param name="tls">How TLS is spoken there; null where it is not.</param>
    /// <param name="stage">How far the attempt came.</param>
    /// <param name="error">What ended it.</param>
    /// <param name="patience">How long it had, where its time ended it.</param>
    public static RedisException Explain(
        RedisEndPoint endPoint,
        RedisTlsOptions? tls,
        ConnectStage stage,
        Exception error,
        TimeSpan? patience
    )
    {
        if (Protocol(error))
        {
            return new RedisUnfitException(
                $"Redis at {endPoint} speaks RESP2 only; the tier needs RESP3 and Redis 7.0 or later, or Valkey.",
                error
            );
        }
        if (stage == ConnectStage.Choosing && error is RedisConnectionException told)
        {
            return told;
        }
        // A socket in a folder that we may not search does not exist for us, and may all the same.
        if (
            endPoint.IsUnixSocket
            && error is SocketException { SocketErrorCode: not SocketError.AccessDenied }
            && !File.Exists(endPoint.Host)
        )
        {
            return new RedisConnectionException(
                $"Redis at {endPoint} can't be reached: there is no such socket. See unixsocket in the configuration of Redis, and the "
                    + "path in the address (ConnectionStrings:Tier, RedisOptions.EndPoints)",
                mayHaveRun: false,
                error,
                "Redis can't be reached: its socket is not there."
            );
        }
        // The words of the TLS library are the innermost ones.
        var isEnded = tls is not null && stage == ConnectStage.Greeting && error is not RedisServerException;
        var reason =
            patience is { } time ? Late(stage, time)
            : isEnded ? Ended(tls!)
            : Reason(stage, error);
        var detail = patience is null && error is not SocketException ? $": {(isEnded ? error.GetBaseException() : error).Message}" : "";
        return new RedisConnectionException($"Redis at {endPoint} {reason}{detail}", mayHaveRun: false, error, $"Redis {reason}.");
    }

    // Redis before 6 has no HELLO, and one that has it may not have version 3.
    private static bool Protocol(Exception error) =>
        error is RedisServerException refusal
        && (
            refusal.Code == "NOPROTO"
            || (
                refusal.Message.Contains("unknown command", StringComparison.OrdinalIgnoreCase)
                && refusal.Message.Contains("HELLO", StringComparison.OrdinalIgnoreCase)
            )
        );

    private static string Late(ConnectStage stage, TimeSpan time) =>
        stage switch
        {
            ConnectStage.Identifying => "can't be asked: there are no credentials yet",
            ConnectStage.Opening => FormattableString.Invariant($"did not accept a connection within {time.TotalSeconds:0.###} s"),
            ConnectStage.Securing => FormattableString.Invariant(
                $"did not agree on TLS within {time.TotalSeconds:0.###} s; does it speak TLS at this port"
            ),
            _ => FormattableString.Invariant($"accepted a connection and did not answer there within {time.TotalSeconds:0.###} s"),
        };

    // In TLS 1.3 the server judges the client's certificate after the client is done.
    private static string Ended(RedisTlsOptions tls) =>
        "ended the TLS connection during the greeting; "
        + (
            tls.ShowsCertificate
                ? "does it take our client certificate (ClientCertificateFile)"
                : "does it ask for a client certificate (ClientCertificateFile)"
        );

    private static string Reason(ConnectStage stage, Exception error) =>
        error switch
        {
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
                "can't be found: its name is not known",
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "refused the connection: nobody listens there",
            SocketException { SocketErrorCode: SocketError.AccessDenied } => "may not be connected to by this process (AccessDenied)",
            SocketException { SocketErrorCode: var code } when stage == ConnectStage.Opening => $"can't be reached ({code})",
            _ when stage == ConnectStage.Identifying => "can't be asked: there are no credentials",
            AuthenticationException => "did not agree on TLS",
            RedisServerException { Code: "WRONGPASS" } => "refused the user or the password (WRONGPASS)",
            RedisServerException { Code: "NOAUTH" } => "asks for a password, and none is set (NOAUTH)",
            RedisServerException { Code: var code } => $"refused the connection ({code})",
            // A setting, which the message names.
            ArgumentException when stage == ConnectStage.Securing => "can't be connected to with the files of its TLS settings",
            _ when stage == ConnectStage.Securing => "did not agree on TLS; does it speak TLS at this port",
            _ when stage == ConnectStage.Greeting => "closed the connection during the greeting; does it want TLS",
            _ => "can't be used",
        };
}
