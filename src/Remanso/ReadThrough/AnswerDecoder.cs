using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Remanso.Entries;
using Remanso.Telemetry;

namespace Remanso.ReadThrough;

// What can't be decoded was as a rule written by an older or newer version of the application. A clean copy of that
// kind is as good as none: it is logged, counted, and the key loaded again. A dirty one is the only place where its
// value is, so it is an error, of its key alone; so is a row of the store that stays unreadable after a load.

/// <summary>Turns what was read into values of the caller's type.</summary>
internal sealed class AnswerDecoder<TValue>(
    string cache,
    IValueCodec<TValue> values,
    CacheReader reader,
    CacheCounters counters,
    ILogger logger
)
{
    /// <summary>The value of a copy, unless it is clean and unreadable.</summary>
    /// <exception cref="UnreadableValueException">It is dirty and unreadable.</exception>
    public bool TryDecode(string key, CacheEntry entry, [MaybeNullWhen(false)] out TValue value)
    {
        try
        {
            value = values.Decode(entry.Value);
            return true;
        }
        catch (Exception exception)
        {
            // Whatever a codec throws: the bytes are of no use to this version of the application.
            Missed(key, entry, exception);
            value = default;
            return false;
        }
    }

    /// <summary>The answer of a hit in a local tier; false where it is to be loaded again.</summary>
    public bool TryDecode(string key, CacheEntry entry, out ReadResult<TValue> result)
    {
        if (TryDecode(key, entry, out TValue? value))
        {
            result = new(entry, value, ReadSource.Tier, ReadFlags.Found);
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>An answer with its value, after another load where the copy at hand is unreadable.</summary>
    public async ValueTask<ReadResult<TValue>> DecodeAsync(
        string key,
        ValueTask<Answer> reading,
        ReadPlan plan,
        CancellationToken cancellationToken
    )
    {
        var answer = await reading.ConfigureAwait(false);
        return TryDecode(key, answer, plan, out var result)
            ? result
            : await ReloadAsync(key, plan, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The answer of a read of the tier alone: what is unreadable there is absent, unless it is dirty.</summary>
    public async ValueTask<ReadResult<TValue>> DecodeTierAsync(string key, ValueTask<Answer> reading) =>
        TryDecode(key, await reading.ConfigureAwait(false), ReadPlan.Default, out var result)
            ? result
            : new(null, default, ReadSource.Tier);

    /// <summary>The answer of a read of the store alone.</summary>
    public async ValueTask<ReadResult<TValue>> DecodeStoreAsync(string key, ValueTask<Answer> reading) =>
        Decode(key, await reading.ConfigureAwait(false));

    /// <summary>Decodes an answer; false where it is a copy that is unreadable and to be loaded again.</summary>
    public bool TryDecode(string key, in Answer answer, ReadPlan plan, out ReadResult<TValue> result)
    {
        // What a load has just brought would be the same after another one.
        if ((answer.Flags & ReadFlags.Found) == 0 || answer.Source == ReadSource.Store || (plan.Skips & ReadSkip.TierRead) != 0)
        {
            result = Decode(key, answer);
            return true;
        }

        if (TryDecode(key, answer.Entry!, out TValue? value))
        {
            result = new(answer.Entry, value, answer.Source, answer.Flags);
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>Reads a key whose copy is unreadable.</summary>
    public async ValueTask<ReadResult<TValue>> ReloadAsync(string key, ReadPlan plan, CancellationToken cancellationToken)
    {
        if (!reader.CanLoad(plan))
        {
            return new(null, default, ReadSource.Tier);
        }

        return Decode(key, await reader.ReadAsync(key, plan.Anew(), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The answers of many keys: what is unreadable is loaded again together, and what stays so is the error
    /// of its key alone.</summary>
    public async ValueTask<ReadResult<TValue>[]> DecodeManyAsync(
        IReadOnlyList<string> keys,
        Answer[] answers,
        Exception?[]? errors,
        Func<int, ReadPlan> planOf,
        CancellationToken cancellationToken
    )
    {
        var results = new ReadResult<TValue>[keys.Count];
        List<(int Index, Task<ReadResult<TValue>> Reload)>? again = null;
        for (var i = 0; i < results.Length; i++)
        {
            if (errors?[i] is { } error)
            {
                results[i] = new(error);
                continue;
            }

            try
            {
                if (!TryDecode(keys[i], answers[i], ReadPlan.Default, out results[i]))
                {
                    (again ??= []).Add((i, ReloadAsync(keys[i], planOf(i), cancellationToken).AsTask()));
                }
            }
            catch (UnreadableValueException exception)
            {
                results[i] = new(exception);
            }
        }

        foreach (var (index, reload) in again ?? [])
        {
            results[index] = await TryAsync(reload, cancellationToken).ConfigureAwait(false);
        }

        return results;
    }

    private static async Task<ReadResult<TValue>> TryAsync(Task<ReadResult<TValue>> reload, CancellationToken cancellationToken)
    {
        try
        {
            return await reload.ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return new(exception);
        }
    }

    private ReadResult<TValue> Decode(string key, in Answer answer)
    {
        try
        {
            return new(
                answer.Entry,
                (answer.Flags & ReadFlags.Found) != 0 ? values.Decode(answer.Entry!.Value) : default,
                answer.Source,
                answer.Flags
            );
        }
        catch (Exception exception)
        {
            counters.UnreadableReads.Add();
            throw new UnreadableValueException(cache, key, answer.Entry!.Version, exception);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Missed(string key, CacheEntry entry, Exception exception)
    {
        counters.UnreadableReads.Add();
        if (entry.IsDirty)
        {
            throw new UnreadableValueException(cache, key, entry.Version, exception);
        }

        logger.Unreadable(cache, key, entry.Version, exception.Message);
    }
}
