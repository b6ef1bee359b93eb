using System.Buffers;
using Microsoft.Extensions.Caching.Distributed;
using Remanso.Entries;
using Remanso.Hosting;
using Remanso.ReadThrough;
using Remanso.Telemetry;
using Remanso.Tiers;
using Remanso.WriteBehind;

namespace Remanso.Faces;

// Expiry. It is the entry's lifetime, which the tier keeps, to the millisecond and without jitter. Of an absolute
// expiry given in both forms, the earlier one holds.
//
// Sliding. Tiers don't know uses, so a use writes the same value again with a new lifetime, on the condition that the
// key still has the version that was read: a use can neither bring back what was removed nor undo what was written
// meanwhile; where two readers race, one write is enough for both. Uses within SlidingEnvelope.Step of the last write
// are not recorded. A use that can't be recorded costs no reader his value.
//
// Synchronous calls. See Blocking.

/// <summary>A cache without a store as <see cref="IBufferDistributedCache"/>.</summary>
internal sealed class DistributedFace(CacheRuntime runtime, TimeProvider time) : IBufferDistributedCache
{
    private readonly ICacheTier _tier = runtime.Tier;
    private readonly CacheReader _reader = runtime.Reader;
    private readonly CacheWriter _writer = runtime.Writer;

    /// <exception cref="CacheConfigurationException">A setting would be without effect.</exception>
    public static DistributedFace Create(CacheRuntime runtime, TimeProvider time) =>
        runtime.Options.Near.Enabled
            ? throw new CacheConfigurationException(
                $"Remanso:Caches:{runtime.Name}:Near:Enabled is true, but IDistributedCache has no near cache here; HybridCache has one"
            )
            : new DistributedFace(runtime, time);

    public byte[]? Get(string key) => Blocking.Wait(ReadCopyAsync(key, CancellationToken.None));

    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => ReadCopyAsync(key, token).AsTask();

    public bool TryGet(string key, IBufferWriter<byte> destination) => Blocking.Wait(TryGetAsync(key, destination, CancellationToken.None));

    public ValueTask<bool> TryGetAsync(string key, IBufferWriter<byte> destination, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(destination);
        return ReadIntoAsync(key, destination, token);
    }

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) =>
        Blocking.Wait(WriteAsync(key, value, options, CancellationToken.None));

    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
        WriteAsync(key, value, options, token).AsTask();

    public void Set(string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options) =>
        Blocking.Wait(WriteAsync(key, value, options, CancellationToken.None));

    public ValueTask SetAsync(
        string key,
        ReadOnlySequence<byte> value,
        DistributedCacheEntryOptions options,
        CancellationToken token = default
    ) => WriteAsync(key, value, options, token);

    public void Refresh(string key) => Blocking.Wait(UseAsync(key, CancellationToken.None));

    public Task RefreshAsync(string key, CancellationToken token = default) => UseAsync(key, token).AsTask();

    public void Remove(string key) => Blocking.Wait(DropAsync(key, CancellationToken.None));

    public Task RemoveAsync(string key, CancellationToken token = default) => DropAsync(key, token).AsTask();

    private async ValueTask<byte[]?> ReadCopyAsync(string key, CancellationToken cancellationToken) =>
        await ReadAsync(key, mustSlide: false, cancellationToken).ConfigureAwait(false) is { } value ? value.ToArray() : null;

    private async ValueTask<bool> ReadIntoAsync(string key, IBufferWriter<byte> destination, CancellationToken cancellationToken)
    {
        if (await ReadAsync(key, mustSlide: false, cancellationToken).ConfigureAwait(false) is not { } value)
        {
            return false;
        }

        destination.Write(value.Span);
        return true;
    }

    private async ValueTask UseAsync(string key, CancellationToken cancellationToken) =>
        await ReadAsync(key, mustSlide: true, cancellationToken).ConfigureAwait(false);

    private async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string key, bool mustSlide, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_reader.TryRead(key, out var entry))
        {
            var answer = await _reader.ReadTierAsync(key, ReadPlan.Default, cancellationToken).ConfigureAwait(false);
            if ((answer.Flags & ReadFlags.Found) == 0)
            {
                return null;
            }

            entry = answer.Entry!;
        }

        var envelope = SlidingEnvelope.Unwrap(entry.Value, out var value);
        if (envelope.Window > 0)
        {
            await SlideAsync(key, entry, envelope, mustSlide, cancellationToken).ConfigureAwait(false);
        }

        return value;
    }

    private async ValueTask SlideAsync(
        string key,
        CacheEntry entry,
        SlidingEnvelope envelope,
        bool must,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await SlideAsync(key, entry, envelope, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!must && !cancellationToken.IsCancellationRequested)
        {
            runtime.Logger.NotSlid(runtime.Name, key, exception.Message);
        }
    }

    private async ValueTask SlideAsync(string key, CacheEntry entry, SlidingEnvelope envelope, CancellationToken cancellationToken)
    {
        var now = _tier.Now;
        if (now - entry.CachedAt <= envelope.Step)
        {
            return;
        }

        var left = Math.Min(envelope.Window, envelope.End - now);
        if (left <= entry.ExpiresAt - now)
        {
            // The absolute end is nearer than the window's.
            return;
        }

        var again = _writer.Prepare(
            key,
            entry.Value,
            contentType: null,
            tags: null,
            tombstone: false,
            new WriteOptions { Lifetime = AtLeast(TierClock.Span(left)), Condition = WriteCondition.IsVersion(entry.Version) },
            head: SlidingEnvelope.MostBytes
        );

        // Not met: the key was written, used or removed meanwhile, and that has the last word.
        await _tier.WriteAsync(again.Write, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask WriteAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        return WriteAsync(key, new ReadOnlySequence<byte>(value), options, cancellationToken);
    }

    private async ValueTask WriteAsync(
        string key,
        ReadOnlySequence<byte> value,
        DistributedCacheEntryOptions options,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(options);
        cancellationToken.ThrowIfCancellationRequested();
        var (lifetime, envelope) = ExpiryOf(options);
        if (value.Length > runtime.Options.MaxValueBytes)
        {
            throw new ValueTooLargeException(value.Length, runtime.Options.MaxValueBytes);
        }

        var write = _writer.Prepare(
            key,
            envelope.Wrap(value),
            contentType: null,
            tags: null,
            tombstone: false,
            lifetime is null ? null : new WriteOptions { Lifetime = lifetime },
            head: SlidingEnvelope.MostBytes
        );
        await _writer.WriteAsync(write, cancellationToken).ConfigureAwait(false);
    }

    // Not a delete: a tombstone would be kept for as long as a value without an expiry.
    private async ValueTask DropAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        CacheKey.Validate(key);
        cancellationToken.ThrowIfCancellationRequested();
        await _tier.InvalidateAsync([key], cancellationToken).ConfigureAwait(false);
    }

    private (TimeSpan? Lifetime, SlidingEnvelope Envelope) ExpiryOf(DistributedCacheEntryOptions options)
    {
        var absolute = options.AbsoluteExpirationRelativeToNow;
        if (options.AbsoluteExpiration is { } at)
        {
            var until = at - time.GetUtcNow();
            if (until <= TimeSpan.Zero)
            {
                throw new ArgumentOutOfRangeException(nameof(options), at, "The absolute expiry must be in the future.");
            }

            absolute = absolute < until ? absolute : until;
        }

        if (options.SlidingExpiration is not { } window)
        {
            return (AtLeast(absolute), default);
        }

        var end = absolute is { } span ? TierClock.After(_tier.Now, span) : CacheEntry.Never;
        var micros = Math.Max(window.Ticks / TimeSpan.TicksPerMicrosecond, 1);
        return (AtLeast(absolute < window ? absolute : window), new SlidingEnvelope(micros, end));
    }

    // What a tier can keep apart.
    private static TimeSpan? AtLeast(TimeSpan? lifetime) =>
        lifetime < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : lifetime;
}
