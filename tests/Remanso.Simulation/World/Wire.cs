namespace Remanso.Simulation.World;

/// <summary>Carries the calls of a host to a server, and the answers back, as a network does.</summary>
/// <param name="kernel">The scheduler.</param>
/// <param name="dice">What befalls a call.</param>
/// <param name="client">Who calls.</param>
/// <param name="server">Where the calls take effect.</param>
/// <param name="weather">How the way is now.</param>
/// <param name="lost">Makes the error of a call without an answer; the argument tells whether it may have happened.</param>
internal sealed class Wire(SimKernel kernel, Dice dice, Host client, Host server, NetworkWeather weather, Func<bool, Exception> lost)
{
    /// <summary>When the last call failed, in ticks; below zero: none has.</summary>
    public long FailedAt { get; private set; } = long.MinValue / 2;

    /// <summary>Calls the server.</summary>
    /// <param name="what">For the trace.</param>
    /// <param name="effect">What happens there, at one moment unless it waits itself.</param>
    /// <param name="cancellationToken">Gives up waiting; the call goes on.</param>
    public Task<TResult> CallAsync<TResult>(CallName what, Func<ValueTask<TResult>> effect, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<TResult>(cancellationToken);
        }

        if (kernel.Trace is not null)
        {
            kernel.Note($"{client} calls {server}: {what}");
        }

        var answer = new TaskCompletionSource<TResult>();
        if (cancellationToken.CanBeCanceled)
        {
            var registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((TaskCompletionSource<TResult>)state!).TrySetCanceled(token),
                answer
            );
            _ = answer.Task.ContinueWith(
                static (_, state) => ((CancellationTokenRegistration)state!).Dispose(),
                registration,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }

        if (dice.Is(weather.Refuses))
        {
            Fail(answer, what, weather.Latency, mayHaveHappened: false);
            return answer.Task;
        }

        if (weather.IsCut || dice.Is(weather.LosesRequests))
        {
            Fail(answer, what, weather.Patience, mayHaveHappened: true);
            return answer.Task;
        }

        var lingers = dice.Is(weather.Lingers);
        var losesReply = dice.Is(weather.LosesReplies);
        if (lingers || losesReply)
        {
            Fail(answer, what, weather.Patience, mayHaveHappened: true);
        }

        kernel.Schedule(server, dice.Wait(lingers ? weather.LongestLingering : weather.Latency), () =>
        {
            if (kernel.Trace is not null)
            {
                kernel.Note($"{client} -> {server}: {what}{(lingers ? " (late)" : string.Empty)}");
            }

            if (weather.IsCut && !lingers && !losesReply)
            {
                losesReply = true;

                Fail(answer, what, weather.Patience, mayHaveHappened: true);
            }

            _ = ServeAsync(what, effect, answer, losesReply || lingers);
        });
        return answer.Task;
    }

    private async Task ServeAsync<TResult>(
        CallName what,
        Func<ValueTask<TResult>> effect,
        TaskCompletionSource<TResult> answer,
        bool losesReply
    )
    {
        try
        {
            var result = await effect().ConfigureAwait(false);
            if (!losesReply)
            {
                kernel.Schedule(client, dice.Wait(weather.Latency), () => answer.TrySetResult(result));
            }
            else if (kernel.Trace is not null)
            {
                kernel.Note($"{client} hears nothing of its {what}");
            }
        }
        catch (Exception exception) when (exception is not ViolationException)
        {
            kernel.Schedule(client, dice.Wait(weather.Latency), () => answer.TrySetException(exception));
        }
    }

    private void Fail<TResult>(TaskCompletionSource<TResult> answer, CallName what, TimeSpan after, bool mayHaveHappened) =>
        kernel.Schedule(client, after, () =>
        {
            if (!answer.Task.IsCompleted)
            {
                FailedAt = kernel.Now;
                kernel.Note($"{client}: no answer to {what}");
                answer.TrySetException(lost(mayHaveHappened));
            }
        });
}
