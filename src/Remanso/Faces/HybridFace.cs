using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;
using Remanso.Entries;
using Remanso.Hosting;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.Faces;

// Types. The contract has none but each call's own. So the cache holds bytes that know of which type they are, and
// beside them the object where callers may share it (HybridPayload). A call that finds another type, or bytes that its
// serializer can't read, drops the entry and loads it as its own: the call of the newer kind is right.
//
// A hit looks into the near cache, or the local tier, and tests the type of what it finds: no closure, no asynchronous
// state. All else is a miss, with one flight per key and a fill lease per cluster, as for any other cache.
//
// Who gets which object. A type that never changes: everybody the same. Any other: the caller whose factory ran gets
// what it made, everybody else a new one from the bytes.
//
// Removal drops entries and voids the loads under way; a tombstone, which says that a key is absent, has no place here.

/// <summary>A cache without a store as <see cref="HybridCache"/>.</summary>
internal sealed class HybridFace : HybridCache
{
    private readonly Cache<string, HybridPayload> _cache;
    private readonly Tagging _tagging;
    private readonly HybridOptions _options;
    private readonly HybridCacheEntryOptions? _general;
    private readonly HybridValues _values;
    private readonly int _mostBytes;
    private readonly TimeSpan _ttl;
    private readonly bool _isLocal;
    private readonly bool _skipsReads;
    private readonly TierClock _clock;
    private readonly ILogger _logger;

    public HybridFace(CacheRuntime runtime, HybridOptions options, HybridSerializers serializers, TimeProvider time, ILogger logger)
    {
        _isLocal = runtime.Tier.IsLocal;
        if (_isLocal)
        {
            // The tier itself holds the objects.
            runtime.Options.Near.Enabled = false;
        }

        // Each caller's own object comes from the payload, which knows how long it is served here.
        runtime.Options.Near.Copies = NearCopies.Shared;

        _cache = new Cache<string, HybridPayload>(runtime, KeyCodec.For<string>(), new HybridCodec(), tagsOf: null, loader: null);
        _tagging = runtime.Tagging;
        _options = options;
        _general = options.DefaultEntryOptions;
        _values = new HybridValues(runtime.Name, serializers, logger);
        // Of the cache, where the configuration may have another than the options say.
        _mostBytes = runtime.Options.MaxValueBytes - HybridPayload.HeadBytes;
        _ttl = runtime.Options.Ttl.Base;
        _skipsReads = SkipsReads(_general?.Flags ?? HybridCacheEntryFlags.None);
        _clock = new TierClock(time);
        _logger = logger;
    }

    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(factory);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellationToken);
        }

        ReadResult<HybridPayload> held = default;
        if (
            !(options?.Flags is { } flags ? SkipsReads(flags) : _skipsReads)
            && _cache.TryGet(key, out held)
            && (held.Value!.LocalUntil == CacheEntry.Never || _clock.CoarseNow < held.Value.LocalUntil)
            && _values.TryRead<T>(held.Value, out var value)
        )
        {
            return new ValueTask<T>(value);
        }

        return MissAsync(key, state, factory, held, options, tags, cancellationToken);
    }

    public override async ValueTask SetAsync<T>(
        string key,
        T value,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        cancellationToken.ThrowIfCancellationRequested();
        var list = HybridTags.Of(tags);
        var plan = HybridPlan.Of(options, _general, _ttl, _isLocal);
        if (!CanCache(key))
        {
            return;
        }

        if (plan.Ttl is null)
        {
            // The old value is not the key's any more, and the new one is not to be kept.
            await _cache.InvalidateAsync([key], cancellationToken).ConfigureAwait(false);
            return;
        }

        if ((plan.Skip & ReadSkip.TierWrite) != 0)
        {
            return;
        }

        var payload = _values.Write(value);
        if (payload.Content.Length > _mostBytes)
        {
            // The old value is not the key's any more.
            _logger.HybridTooLarge(_cache.Name, key, payload.Content.Length, _mostBytes);
            await _cache.InvalidateAsync([key], cancellationToken).ConfigureAwait(false);
            return;
        }

        await _cache.SetAsync(key, payload, new WriteOptions { Ttl = plan.Ttl, Tags = list }, cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return RemoveAsync([key], cancellationToken);
    }

    public override ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        string[] list = keys is null ? [] : [.. keys.Where(CanCache).Distinct(StringComparer.Ordinal)];
        return list.Length == 0 ? ValueTask.CompletedTask : _cache.InvalidateAsync(list, cancellationToken);
    }

    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) =>
        RemoveByTagAsync([tag], cancellationToken);

    public override ValueTask RemoveByTagAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default)
    {
        // No entry carries a blank one.
        string[] list = tags is null ? [] : [.. tags.Where(static tag => !string.IsNullOrWhiteSpace(tag))];
        string[] kept = [.. list.Select(HybridTags.Kept)];
        return Array.IndexOf(list, HybridTags.All) >= 0 ? _cache.InvalidateAllAsync(cancellationToken)
            : kept.Length is > 0 and <= CacheTag.MaxRemovedAtOnce ? _cache.RemoveByTagAsync(kept, cancellationToken)
            : RemoveInPartsAsync(kept, cancellationToken);
    }

    private async ValueTask RemoveInPartsAsync(string[] tags, CancellationToken cancellationToken)
    {
        foreach (var part in tags.Chunk(CacheTag.MaxRemovedAtOnce))
        {
            await _cache.RemoveByTagAsync(part, cancellationToken).ConfigureAwait(false);
        }
    }

    // Only the local ones: what a distributed cache holds is never at hand without a wait.
    private static bool SkipsReads(HybridCacheEntryFlags flags) => (flags & HybridCacheEntryFlags.DisableLocalCacheRead) != 0;

    private async ValueTask<T> MissAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        ReadResult<HybridPayload> held,
        HybridCacheEntryOptions? options,
        IEnumerable<string>? tags,
        CancellationToken cancellationToken
    )
    {
        var plan = HybridPlan.Of(options, _general, _ttl, _isLocal);
        var loads = (plan.Skip & ReadSkip.Load) == 0;
        if (!CanCache(key))
        {
            return loads ? await factory(state, cancellationToken).ConfigureAwait(false) : default!;
        }

        // Known to be good before anything is asked of the database. The near cache was asked already.
        var asked = new ReadOptions
        {
            Ttl = plan.Ttl,
            Tags = _tagging.Check(HybridTags.Of(tags)) ?? [],
            Skips = plan.Skip | ReadSkip.NearRead,
        };
        var load = new HybridLoad<TState, T>(_values, _cache.Name, _mostBytes, state, factory, _logger);
        for (var isFirst = true; ; isFirst = false)
        {
            var read = await _cache.GetOrLoadAsync(key, load.RunAsync, asked, cancellationToken).ConfigureAwait(false);
            if (!read.Found)
            {
                return default!;
            }

            if (load.TryTake(read.Value, out var value) || _values.TryRead(read.Value, out value))
            {
                KeepLocally(read, held, plan);
                return value!;
            }

            if (!loads)
            {
                return default!;
            }

            if (!isFirst)
            {
                // Others keep writing it as what this call can't use.
                return await factory(state, cancellationToken).ConfigureAwait(false);
            }

            await _cache.InvalidateAsync([key], cancellationToken).ConfigureAwait(false);
        }
    }

    private void KeepLocally(in ReadResult<HybridPayload> read, in ReadResult<HybridPayload> held, in HybridPlan plan)
    {
        if (_isLocal || plan.Local is not { } local)
        {
            return;
        }

        var until = TierClock.After(_clock.Now, local);
        read.Value!.LocalUntil = until;
        if (held.Found && held.Version == read.Version)
        {
            // The near cache has no reason to take the same version again.
            held.Value.LocalUntil = until;
        }
    }

    private bool CanCache(string key)
    {
        if (key is not null && key.Length <= _options.MaximumKeyLength && !string.IsNullOrWhiteSpace(key))
        {
            try
            {
                CacheKey.Validate(key);
                return true;
            }
            catch (InvalidKeyException)
            {
                // Told below, with all other reasons.
            }
        }

        _logger.HybridKeyNotCached(_cache.Name, key?.Length ?? 0);
        return false;
    }
}
