using Remanso.Common;

namespace Remanso.Redis.Resp.Credentials;

// A password that can change is asked for by each new connection. One that is open signs in anew (AUTH) in the stream of
// its commands, before the password expires or when it is told of another: nothing is held up, and nothing fails. Where
// that does not succeed the connection is as good as before, until the server ends it: so it is told, and tried again.

/// <summary>Where the connections of a client have their credentials from.</summary>
/// <param name="provider">Gives the present ones.</param>
/// <param name="options">Whose <see cref="RedisOptions.User"/> it is where the provider names none.</param>
/// <param name="time">The clock.</param>
/// <param name="deadline">The tick until which a command may take.</param>
/// <param name="failed">Is told when an open connection could not sign in anew, and why.</param>
internal sealed class CredentialSource(
    Func<CancellationToken, ValueTask<RedisCredentials>> provider,
    RedisOptions options,
    TimeProvider time,
    Func<int> deadline,
    Action<RedisEndPoint, Exception> failed
)
{
    private const double UsedUp = 0.8;
    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    /// <summary>The present ones.</summary>
    /// <exception cref="RedisConnectionException">There are none, and why.</exception>
    /// <exception cref="OperationCanceledException">The provider gave none until then.</exception>
    public async ValueTask<RedisCredentials> GetAsync(CancellationToken cancellation)
    {
#pragma warning disable CA1031 // Whatever it throws, it is why nobody can sign in.
        try
        {
            // On the pool, and waited for no longer than the token lets: a provider may block its thread, or know no token.
            var asked = Task.Run(() => provider(cancellation).AsTask(), cancellation);
            asked.Forget();
            var credentials = await asked.WaitAsync(cancellation).ConfigureAwait(false);
            return credentials is { Password: not null }
                ? credentials
                : throw new InvalidOperationException("the provider gave no password");
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            throw new RedisConnectionException($"There are no credentials for Redis: {error.Message}", mayHaveRun: false, error);
        }
#pragma warning restore CA1031
    }

    /// <summary>As whom credentials sign in.</summary>
    public string UserOf(RedisCredentials credentials) => credentials.User ?? options.User ?? "default";

    /// <summary>Signs a connection in anew for as long as it is open.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="endPoint">Its server.</param>
    /// <param name="current">What it has signed in with.</param>
    public async Task RenewAsync(RespConnection connection, RedisEndPoint endPoint, RedisCredentials current)
    {
        var failures = 0;
        RedisCredentials? refused = null;
        while (true)
        {
            await WaitAsync(connection, current, refused, failures).ConfigureAwait(false);
            if (!connection.IsOpen)
            {
                return;
            }

            refused = null;
            try
            {
                var next = refused = await NextAsync().ConfigureAwait(false);
                await SignInAsync(connection, next).ConfigureAwait(false);
                current = next;
                failures = 0;
            }
            catch (RedisException error)
            {
                failures++;
                if (connection.IsOpen)
                {
                    failed(endPoint, error);
                }
            }
        }
    }

    private async ValueTask<RedisCredentials> NextAsync()
    {
        var longest = options.Timings.ConnectTimeout;
        using var timeout = new CancellationTokenSource(longest, time);
        try
        {
            return await GetAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
        {
            throw new RedisConnectionException(
                FormattableString.Invariant($"There are no credentials for Redis after {longest.TotalSeconds:0.###} s."),
                mayHaveRun: false,
                error
            );
        }
    }

    // What changes the credentials that were refused ends the wait for another try with them; those in use are superseded
    // already, as a rule.
    private async Task WaitAsync(RespConnection connection, RedisCredentials current, RedisCredentials? refused, int failures)
    {
        var changed = failures == 0 ? current.Changed : refused?.Changed ?? CancellationToken.None;
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(changed);
        var delay = failures > 0 ? Shorter(_shortest * Math.Pow(2, Math.Min(failures - 1, 10)), _longestRetry) : TimeLeft(current);
        if (wake.IsCancellationRequested)
        {
            // A provider whose credentials are superseded as soon as it gives them is asked no more often.
            await Task.WhenAny(connection.Closed, Task.Delay(_shortest, time)).ConfigureAwait(false);
            return;
        }

        await Task.WhenAny(connection.Closed, Task.Delay(delay, time, wake.Token)).ConfigureAwait(false);
        await wake.CancelAsync().ConfigureAwait(false);
    }

    private TimeSpan TimeLeft(RedisCredentials current)
    {
        var left = current.ExpiresAt is { } end ? (end - time.GetUtcNow()) * UsedUp : _longest;
        return left < _shortest ? _shortest : Shorter(left, _longest);
    }

    private async ValueTask SignInAsync(RespConnection connection, RedisCredentials credentials)
    {
        var command = RespCommand<bool>.Rent(Replies.Done);
        command.Append(["AUTH", UserOf(credentials), credentials.Password]);
        command.Arm(deadline(), default);
        var reply = command.Task;
        if (connection.TrySubmit(command))
        {
            await reply.ConfigureAwait(false);
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
