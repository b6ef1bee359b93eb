using Remanso.Common;

namespace Remanso.WriteBehind;

/// <summary>Read, compute, write if nobody else wrote meanwhile; else again. Nothing is held while the caller's function runs.</summary>
internal sealed class UpdateLoop<TKey, TValue>(
    ICache<TKey, TValue> cache,
    Func<TKey, CancellationToken, ValueTask<ReadResult<TValue>>> read,
    int attempts,
    TimeProvider time
)
    where TKey : notnull
{
    private static readonly WriteOptions _nothingAsked = new();
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(100);

    /// <exception cref="UpdateContentionException">The attempts are used up.</exception>
    public async ValueTask<UpdateResult<TValue>> RunAsync(
        TKey key,
        Func<ReadResult<TValue>, CancellationToken, ValueTask<Update<TValue>>> update,
        WriteOptions? options,
        CancellationToken cancellationToken
    )
    {
        options ??= _nothingAsked;
        if (options.IdempotencyKey is not null)
        {
            throw new ArgumentException("An update has no idempotency key: it may compute another value the next time.", nameof(options));
        }

        if (options.Condition.Kind != WriteConditionKind.None)
        {
            throw new ArgumentException("An update has a condition of its own: that nobody wrote the key meanwhile.", nameof(options));
        }

        for (var attempt = 1; ; attempt++)
        {
            // The near cache may not have heard yet of the write that made the last attempt fail.
            var current = await read(key, cancellationToken).ConfigureAwait(false);
            var wanted = await update(current, cancellationToken).ConfigureAwait(false);
            if (wanted.Kind == UpdateKind.Keep || (wanted.Kind == UpdateKind.Delete && !current.Found))
            {
                return new(UpdateKind.Keep, current.Value, new WriteReceipt(current.Found ? current.Version : 0, Durability.Accepted));
            }

            var guarded = options with { Condition = current.Found ? WriteCondition.IsVersion(current.Version) : WriteCondition.Absent };
            try
            {
                var receipt =
                    wanted.Kind == UpdateKind.Delete
                        ? await cache.RemoveAsync(key, guarded, cancellationToken).ConfigureAwait(false)
                        : await cache.SetAsync(key, wanted.Value!, guarded, cancellationToken).ConfigureAwait(false);
                return new(wanted.Kind, wanted.Value, receipt);
            }
            catch (VersionConflictException conflict) when (attempt == attempts)
            {
                throw new UpdateContentionException(conflict.Key, attempts, conflict);
            }
            catch (VersionConflictException)
            {
                // Somebody else wrote in between: compute from what is there now.
            }

            // At once the first time: most conflicts are one other writer, who is done.
            if (attempt > 1)
            {
                var pause = Backoff.Delay(attempt - 1, _firstPause, _longestPause, Chance.NextDouble());
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
