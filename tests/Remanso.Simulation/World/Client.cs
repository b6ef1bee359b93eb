using System.Globalization;
using Remanso.Simulation.History;
using Remanso.Simulation.Scenarios;
using Remanso.Stores;

namespace Remanso.Simulation.World;

/// <summary>A client, which asks one thing after the other and writes down what it is told.</summary>
internal sealed class Client(SimWorld world, int number, ClientPlan plan)
{
    private static readonly string[] _manyKeys = ["v0", "v1", "v2"];

    private readonly Host _host = new($"client{number}");
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private int _writes;

    private static TimeSpan RetryPause => TimeSpan.FromMilliseconds(20);

    public async Task RunAsync()
    {
        foreach (var step in plan.Steps)
        {
            await world.Kernel.Delay(_host, step.Think).ConfigureAwait(false);
            await world.AliveAsync(plan.Process).ConfigureAwait(false);
            await RunAsync(step).ConfigureAwait(false);
        }
    }

    private Task RunAsync(Step step) =>
        step.Kind switch
        {
            StepKind.Get when step.Flag == StepFlag.NotStored => ReadAsync(step.Key, static (cache, key) =>
                cache.GetAsync(key, new ReadOptions { Skips = ReadSkip.TierWrite })
            ),
            StepKind.Get => ReadAsync(step.Key, static (cache, key) => cache.GetAsync(key)),
            StepKind.GetFromTier => ReadAsync(step.Key, static (cache, key) => cache.GetAsync(key, ReadFrom.Tier)),
            StepKind.GetFromStore => ReadAsync(step.Key, static (cache, key) => cache.GetAsync(key, ReadFrom.Store), ReadWay.Store),
            StepKind.GetMany => ReadManyAsync(),
            StepKind.Set => SetAsync(step),
            StepKind.SetMany => SetManyAsync(),
            StepKind.SetIfUnchanged => SetIfAsync(step, _seen.GetValueOrDefault(step.Key)),
            StepKind.SetIfAbsent => SetIfAsync(step, 0),
            StepKind.Remove => WriteAsync(new Call(number, plan.Process, step.Key, CallKind.Remove, null), async cache =>
                (await cache.RemoveAsync(step.Key, OptionsOf(step)).ConfigureAwait(false), null)
            ),
            StepKind.Increment => IncrementAsync(step),
            StepKind.Append => AppendAsync(step),
            StepKind.Update => UpdateAsync(step),
            StepKind.Invalidate => DoAsync(cache => cache.InvalidateAsync([step.Key])),
            StepKind.Expire => DoAsync(cache => cache.ExpireAsync([step.Key])),
            StepKind.RemoveTag => DoAsync(static cache => cache.RemoveByTagAsync("t")),
            StepKind.Flush => DoAsync(FlushAsync),
            _ => throw new ViolationException($"{step.Kind} is no step."),
        };

    // Where a worker has nothing but rows that the database refuses without a reason, those stay dirty: Allowed.Refused.
    private async ValueTask FlushAsync(ICache<string, string> cache)
    {
        try
        {
            await cache.Operations.FlushAsync(world.Kernel.Patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (world.Kernel.Patience.IsCancellationRequested && world.MayWaitForRefused)
        {
            world.Kernel.Note("a flush is given up");
        }
    }

    private Task SetAsync(Step step)
    {
        var value = NewValue(step.Flag == StepFlag.Poison ? StoreServer.Poison : string.Empty);
        return WriteAsync(new Call(number, plan.Process, step.Key, CallKind.Set, value), async cache =>
            (await cache.SetAsync(step.Key, value, OptionsOf(step)).ConfigureAwait(false), null)
        );
    }

    private Task SetIfAsync(Step step, long expected)
    {
        var value = NewValue();
        var condition = expected == 0 ? WriteCondition.Absent : WriteCondition.IsVersion(expected);
        return WriteAsync(new Call(number, plan.Process, step.Key, CallKind.SetIf, value) { Expected = expected }, async cache =>
            (await cache.SetAsync(step.Key, value, OptionsOf(step) with { Condition = condition }).ConfigureAwait(false), null)
        );
    }

    private async Task SetManyAsync()
    {
        var calls = _manyKeys.Select(key => world.Begin(new Call(number, plan.Process, key, CallKind.Set, NewValue()))).ToArray();
        var outcomes = await AskAsync(cache =>
                cache.SetManyAsync([.. calls.Select(static call => KeyValuePair.Create(call.Key, call.Argument!))]).AsTask()
            )
            .ConfigureAwait(false);
        for (var i = 0; i < calls.Length; i++)
        {
            if (outcomes.Error is { } error)
            {
                Fail(calls[i], error);
            }
            else if (outcomes.Value?[i] is { } outcome)
            {
                if (outcome.Error is { } own)
                {
                    Fail(calls[i], own);
                }
                else
                {
                    Done(calls[i], outcome.Receipt, null);
                }
            }
        }
    }

    // With an idempotency key it is sent again until somebody answers: one call, however often.
    private async Task IncrementAsync(Step step)
    {
        var by = number + 1;
        var options = OptionsOf(step);
        var tries = 1;
        if (step.Flag == StepFlag.Idempotent && world.RemembersIdentities)
        {
            options = options with { IdempotencyKey = $"{number}-{++_writes}" };
            tries = 4;
        }

        var call = new Call(number, plan.Process, step.Key, CallKind.Add, by.ToString(CultureInfo.InvariantCulture));
        var mayHaveHappened = false;
        while (true)
        {
            await WriteAsync(call, async cache =>
                {
                    var receipt = await cache.IncrementAsync(step.Key, by, options).ConfigureAwait(false);
                    return (receipt.Receipt, receipt.Value.ToString(CultureInfo.InvariantCulture));
                })
                .ConfigureAwait(false);
            mayHaveHappened |= call.Outcome == CallOutcome.Unknown;
            if (call.Outcome == CallOutcome.Refused && mayHaveHappened)
            {
                // This time it was refused; it may have happened before.
                call.Outcome = CallOutcome.Unknown;
            }

            if (call.Outcome != CallOutcome.Unknown || --tries == 0)
            {
                return;
            }

            await world.Kernel.Delay(_host, RetryPause).ConfigureAwait(false);
            await world.AliveAsync(plan.Process).ConfigureAwait(false);
        }
    }

    private Task AppendAsync(Step step)
    {
        var element = $"\"{NewValue()}\"";
        return WriteAsync(new Call(number, plan.Process, step.Key, CallKind.Append, element), async cache =>
            (await cache.AppendAsync(step.Key, element, options: OptionsOf(step)).ConfigureAwait(false), null)
        );
    }

    private Task UpdateAsync(Step step)
    {
        var more = NewValue();
        return WriteAsync(new Call(number, plan.Process, step.Key, CallKind.Update, more), async cache =>
        {
            var result = await cache.UpdateAsync(step.Key, value => value + more, OptionsOf(step)).ConfigureAwait(false);
            return (result.Receipt, result.Value);
        });
    }

    private async Task WriteAsync(Call call, Func<ICache<string, string>, Task<(WriteReceipt Receipt, string? Value)>> write)
    {
        world.Begin(call);
        var (error, answer, isAlive) = await AskAsync(write).ConfigureAwait(false);
        if (error is not null)
        {
            Fail(call, error);
        }
        else if (isAlive)
        {
            Done(call, answer.Receipt, answer.Value);
        }
    }

    private void Done(Call call, WriteReceipt receipt, string? value)
    {
        (call.Outcome, call.Version, call.Value, call.Durability) = (CallOutcome.Done, receipt.Version, value, receipt.Durability);
        _seen[call.Key] = receipt.Version;
        world.EndWrite(call);
    }

    private void Fail(Call call, Exception error)
    {
        if (world.Kernel.Trace is not null)
        {
            world.Kernel.Note($"{call}: {error.GetType().Name}: {error.Message}");
        }

        switch (error)
        {
            case VersionConflictException:
                call.Outcome = CallOutcome.Conflict;
                world.End(call);
                break;
            case DurabilityNotReachedException { IsAccepted: true } late:
                (call.Outcome, call.Version) = (CallOutcome.Done, late.Version);
                world.EndWrite(call);
                break;
            case DurabilityNotReachedException lost:
                call.Version = lost.Version;
                break;
            case WriteSupersededException superseded:
                call.Version = superseded.Version;
                break;
            case TierUnavailableException { MayHaveHappened: true }:
                break;
            case TierUnavailableException
            or BackPressureException
            or CacheStoppedException
            or DurabilityUnavailableException
            or UpdateContentionException
            or StoreException
            or TimeoutException
            or IdempotencyExhaustedException
            or ObjectDisposedException:
                call.Outcome = CallOutcome.Refused;
                break;
            default:
                throw new ViolationException($"a write ended with an error that it should not have: {call}", error);
        }
    }

    private async Task ReadAsync(string key, Func<ICache<string, string>, string, ValueTask<ReadResult<string>>> read, ReadWay? way = null)
    {
        var call = world.Begin(new Call(number, plan.Process, key, CallKind.Read, null));
        var (error, answer, isAlive) = await AskAsync(cache => read(cache, key).AsTask()).ConfigureAwait(false);
        Heard(call, error, answer, isAlive, way);
    }

    private async Task ReadManyAsync()
    {
        var calls = _manyKeys.Select(key => world.Begin(new Call(number, plan.Process, key, CallKind.Read, null))).ToArray();
        var (error, answer, isAlive) = await AskAsync(static cache => cache.GetManyAsync(_manyKeys).AsTask()).ConfigureAwait(false);
        foreach (var call in calls)
        {
            Heard(call, error, answer is null ? default : answer[call.Key], isAlive);
        }
    }

    private void Heard(Call call, Exception? error, ReadResult<string> answer, bool isAlive, ReadWay? way = null)
    {
        call.Outcome = CallOutcome.Refused;
        if (
            !isAlive
            || (error ?? answer.Error) is { } failed
                && failed is StoreException or TierUnavailableException or TimeoutException or ObjectDisposedException
        )
        {
            return;
        }

        if ((error ?? answer.Error) is { } unexpected)
        {
            throw new ViolationException($"a read ended with an error that it should not have: {call}", unexpected);
        }

        if (!answer.Found && answer.Version == 0 && answer.Source == ReadSource.Tier)
        {
            // The tier alone was asked, and holds nothing: that says nothing about the key.
            return;
        }

        call.Outcome = CallOutcome.Done;
        call.Value = answer.Found ? answer.Value : null;
        call.Version = answer.Version;
        call.Way =
            way is { } asked ? asked
            : answer.Stale ? ReadWay.Stale
            : answer.Source == ReadSource.Near ? ReadWay.Near
            : answer.Source == ReadSource.Store && (answer.Flags & ReadFlags.Filled) == 0 && world.MayReadPastTier(call) ? ReadWay.PastTier
            : ReadWay.Tier;
        _seen[call.Key] = answer.Found ? answer.Version : 0;
        world.End(call);
    }

    private async Task DoAsync(Func<ICache<string, string>, ValueTask> call)
    {
        var (error, _, _) = await AskAsync(async cache =>
            {
                await call(cache).ConfigureAwait(false);
                return true;
            })
            .ConfigureAwait(false);
        if (
            error
            is not (
                null
                or TierUnavailableException
                or StoreException
                or CacheStoppedException
                or TimeoutException
                or ObjectDisposedException
            )
        )
        {
            throw new ViolationException("a call ended with an error that it should not have", error);
        }
    }

    // A call is made on its process: not while that is paused, and never again once it is dead.
    private async Task<Answer<TAnswer>> AskAsync<TAnswer>(Func<ICache<string, string>, Task<TAnswer>> ask)
    {
        var process = world.ProcessOf(plan.Process);
        var asked = new TaskCompletionSource<TAnswer>();
        world.Kernel.Schedule(process.Host, TimeSpan.Zero, () => _ = ForwardAsync(ask, process.Cache, asked));
        await Task.WhenAny(asked.Task, process.Host.Died).ConfigureAwait(false);
        if (!asked.Task.IsCompleted)
        {
            return new(null, default, IsAlive: false);
        }

        try
        {
            return new(null, await asked.Task.ConfigureAwait(false), IsAlive: true);
        }
        catch (Exception exception) when (exception is not ViolationException)
        {
            return new(exception, default, IsAlive: true);
        }
    }

    private static async Task ForwardAsync<TAnswer>(
        Func<ICache<string, string>, Task<TAnswer>> ask,
        ICache<string, string> cache,
        TaskCompletionSource<TAnswer> asked
    )
    {
        try
        {
            asked.TrySetResult(await ask(cache).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            asked.TrySetException(exception);
        }
    }

    private string NewValue(string prefix = "") => $"{prefix}{number}.{++_writes}";

    private static WriteOptions OptionsOf(Step step) =>
        new() { Durability = step.Durability, Tags = step.Flag == StepFlag.Tagged ? ["t"] : null };

    private readonly record struct Answer<TAnswer>(Exception? Error, TAnswer? Value, bool IsAlive)
    {
        public void Deconstruct(out Exception? error, out TAnswer? answer, out bool isAlive) =>
            (error, answer, isAlive) = (Error, Value, IsAlive);
    }
}
