namespace Remanso.Common;

/// <summary>
/// Runs something that serves all who asked before it began, one round at a time: whoever asks during a round shares the next one.
/// </summary>
/// <typeparam name="TArgument">What a round is told by the first who asked for it.</typeparam>
/// <typeparam name="TResult">What all who share it get.</typeparam>
internal sealed class SharedRounds<TArgument, TResult>(Func<TArgument, Task<TResult>> round)
{
    private readonly Lock _gate = new();
    private Task<TResult>? _running;
    private Task<TResult>? _next;

    /// <summary>A round that begins after this call.</summary>
    public Task<TResult> JoinAsync(TArgument argument)
    {
        lock (_gate)
        {
            return _running is null or { IsCompleted: true } && _next is null
                ? _running = RunAsync(argument)
                : _next ??= RunNextAsync(_running!, argument);
        }
    }

    private async Task<TResult> RunAsync(TArgument argument)
    {
        await Task.Yield();
        return await round(argument).ConfigureAwait(false);
    }

    private async Task<TResult> RunNextAsync(Task before, TArgument argument)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_gate)
        {
            (_running, _next) = (_next, null);
        }

        return await round(argument).ConfigureAwait(false);
    }
}
