using System.Net;

namespace Remanso.Redis.Resp.Connections;

/// <summary>Asks the servers at several addresses of one name what they are, on connections of their own.</summary>
internal sealed class AddressProbe(
    RedisEndPoint endPoint,
    RedisOptions options,
    TimeProvider time,
    ServerAddresses addresses,
    IPushReceiver pushes
) : IConnectionOwner
{
    // A server that hangs must not cost more than this before others are believed; nor all the time that the connection has
    // on whose behalf it is asked.
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(1);

    /// <summary>What they say; without those that do not answer.</summary>
    public async Task<IReadOnlyList<AddressFinding>> RunAsync(
        IEnumerable<IPAddress> asked,
        RedisCredentials? credentials,
        CancellationToken cancellation
    )
    {
        var half = options.Timings.ConnectTimeout / 2;
        using var timeout = new CancellationTokenSource(half < _longest ? half : _longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        var heard = await Task.WhenAll(asked.Select(address => AskAsync(address, credentials, either.Token))).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return [.. heard.OfType<AddressFinding>()];
    }

    void IConnectionOwner.OnClosed(RespConnection connection, Exception reason) { }

    private async Task<AddressFinding?> AskAsync(IPAddress address, RedisCredentials? credentials, CancellationToken cancellation)
    {
        RespConnection? connection = null;
#pragma warning disable CA1031 // Whoever can't be asked tells nothing.
        try
        {
            var socket = await addresses.OpenAsync(address, cancellation).ConfigureAwait(false);
            var stream = await RespTransport.SecureAsync(socket, endPoint, options, cancellation).ConfigureAwait(false);
            connection = new(socket, stream, options.Limits, pushes, this);
            connection.Start();
            var greeting = await RespHandshake.GreetAsync(connection, options, credentials, cancellation).ConfigureAwait(false);
            return greeting.IsMaster
                ? new(address, IsReplica: false, await RespHandshake.RunIdAsync(connection, cancellation).ConfigureAwait(false))
                : new(address, IsReplica: true, Run: null);
        }
        catch (Exception)
        {
            return null;
        }
#pragma warning restore CA1031
        finally
        {
            connection?.Fail(new IOException("It was asked what it is, and no more."));
        }
    }
}
