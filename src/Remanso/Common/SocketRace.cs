using System.Net;
using System.Net.Sockets;

namespace Remanso.Common;

// Attempts start a moment after each other, where the first has not answered by then ("Happy Eyeballs", RFC 8305): an address
// whose packets are lost costs a moment, and not all the time that there is to connect.

/// <summary>Connects to the first of several addresses that answers.</summary>
internal static class SocketRace
{
    private static readonly TimeSpan _headStart = TimeSpan.FromMilliseconds(250);

    /// <param name="addresses">In the order in which they are tried.</param>
    /// <param name="openAsync">Connects to one of them.</param>
    /// <param name="time">Tells how long the others wait.</param>
    /// <param name="cancellation">Ends the attempts.</param>
    /// <exception cref="SocketException">None answers, or there is none: what the last one failed with.</exception>
    public static async Task<Socket> RunAsync(
        IReadOnlyList<IPAddress> addresses,
        Func<IPAddress, CancellationToken, Task<Socket>> openAsync,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var attempts = new List<Task<Socket>>();
        try
        {
            return await FirstAsync(addresses, openAsync, attempts, time, end.Token).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            foreach (var attempt in attempts)
            {
                _ = DropAsync(attempt);
            }
        }
    }

    private static async Task<Socket> FirstAsync(
        IReadOnlyList<IPAddress> addresses,
        Func<IPAddress, CancellationToken, Task<Socket>> openAsync,
        List<Task<Socket>> attempts,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        Exception? last = null;
        var begun = 0;
        while (begun < addresses.Count || attempts.Count > 0)
        {
            if (begun < addresses.Count)
            {
                attempts.Add(openAsync(addresses[begun++], cancellation));
            }
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var pause = Task.Delay(begun < addresses.Count ? _headStart : Timeout.InfiniteTimeSpan, time, wait.Token);
            var done = await Task.WhenAny([.. attempts, pause]).ConfigureAwait(false);
            await wait.CancelAsync().ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (done is not Task<Socket> attempt)
            {
                continue;
            }
            attempts.Remove(attempt);
            try
            {
                return await attempt.ConfigureAwait(false);
            }
            catch (SocketException error)
            {
                last = error;
            }
        }
        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static async Task DropAsync(Task<Socket> attempt)
    {
        await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (attempt.IsCompletedSuccessfully)
        {
            (await attempt.ConfigureAwait(false)).Dispose();
        }
    }
}
