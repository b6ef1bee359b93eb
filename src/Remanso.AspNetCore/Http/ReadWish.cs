using Remanso.Entries;

namespace Remanso.AspNetCore.Http;

// A client that names an age or a freshness that it wants has not said that it takes a stale answer, so it gets none;
// max-stale and stale-if-error say so. What is dirty is never too old: it is newer than anything a load could bring.

/// <summary>What a request wants of its read otherwise than the cache's options say: directives of <c>Cache-Control</c>
/// (RFC 9111, section 5.2.1; RFC 5861, section 4), and <c>?timeout=</c>.</summary>
internal sealed class ReadWish
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(3650);

    private TimeSpan? _maxAge;
    private TimeSpan? _minFresh;
    private TimeSpan? _maxStale;
    private TimeSpan? _timeout;
    private bool _noCache;
    private bool _noStore;

    private ReadWish() { }

    /// <summary>Whether nothing is to be loaded.</summary>
    public bool OnlyIfCached { get; private set; }

    /// <summary>How long past its TTL a copy may be where the load fails; null where nothing is said of that.</summary>
    public TimeSpan? StaleIfError { get; private set; }

    /// <summary>Whether a copy is the answer though it is past its TTL, without a load.</summary>
    public bool TakesStale => _maxStale is not null;

    /// <summary>Whether copies are no answer, whatever they are.</summary>
    public bool IsAnew => _noCache || _maxAge == TimeSpan.Zero;

    /// <summary>The wish of a request; null where it has none. With <c>?source=</c> there is no choice left, so
    /// directives say nothing.</summary>
    /// <param name="request">The request.</param>
    /// <param name="mayReload">Whether directives count that have loaded what the cache would serve.</param>
    public static ReadWish? Of(HttpRequest request, bool mayReload)
    {
        var control = request.Headers.CacheControl;
        var timeout = Query.ReadTimeout(request);
        if (control.Count == 0 && timeout is null)
        {
            return null;
        }

        if (Query.Source(request) != ReadFrom.TierThenStore)
        {
            return timeout is null ? null : throw Problems.BadRequest("timeout and source exclude each other.");
        }

        var wish = new ReadWish { _timeout = timeout };
        var directives = new CacheDirectives(control.ToString());
        while (directives.TryTakeNext(out var name, out var value))
        {
            wish.Take(name, value);
        }

        if (!mayReload)
        {
            (wish._noCache, wish._noStore, wish._maxAge, wish._minFresh) = (false, false, null, null);
        }

        return wish;
    }

    /// <summary>What the library is asked for.</summary>
    /// <param name="anew">Whether a copy has been found not to do.</param>
    public ReadOptions Options(bool anew) =>
        new()
        {
            Timeout = _timeout,
            Stale =
                _maxStale is not null ? StaleCopies.AtOnce
                : StaleIfError is { } most
                    ? most == TimeSpan.Zero ? StaleCopies.Never
                        : StaleCopies.OnFailure
                : IsAnew || _maxAge is not null || _minFresh is not null ? StaleCopies.Never
                : StaleCopies.OnFailure,
            MaxStaleness = _maxStale ?? StaleIfError,
            Skips =
                (anew || IsAnew ? ReadSkip.TierRead | ReadSkip.NearRead : ReadSkip.None)
                | (_noStore ? ReadSkip.TierWrite | ReadSkip.NearWrite : ReadSkip.None)
                | (OnlyIfCached ? ReadSkip.Load : ReadSkip.None),
        };

    /// <summary>What the library is asked for where the load failed, and a copy may be the answer.</summary>
    public ReadOptions OptionsAfterError() =>
        new()
        {
            Stale = StaleCopies.AtOnce,
            MaxStaleness = StaleIfError,
            Skips = ReadSkip.Load,
        };

    /// <summary>Whether a copy is older, or ends sooner, than the client wants.</summary>
    public bool Refuses(CacheEntry copy, long now) =>
        !copy.IsDirty
        && (
            (_maxAge is { } age && now - copy.CachedAt > Micros(age))
            || (_minFresh is { } fresh && copy.FreshUntil != CacheEntry.Never && copy.FreshUntil - now < Micros(fresh))
        );

    private void Take(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        switch (name)
        {
            case "no-cache":
                _noCache = Alone(name, value);
                break;
            case "no-store":
                _noStore = Alone(name, value);
                break;
            case "only-if-cached":
                OnlyIfCached = Alone(name, value);
                break;
            case "max-age":
                _maxAge = Seconds(name, value);
                break;
            case "min-fresh":
                _minFresh = Seconds(name, value);
                break;
            case "max-stale":
                _maxStale = value.IsEmpty ? _longest : Seconds(name, value);
                break;
            case "stale-if-error":
                StaleIfError = Seconds(name, value);
                break;
            default:
                // Those of others, and of later: to be ignored.
                break;
        }
    }

    private static bool Alone(ReadOnlySpan<char> name, ReadOnlySpan<char> value) =>
        value.IsEmpty ? true : throw Problems.BadRequest($"Cache-Control: {name} takes no value.");

    private static TimeSpan Seconds(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        var seconds = 0L;
        foreach (var digit in value)
        {
            if (!char.IsAsciiDigit(digit))
            {
                throw Bad(name);
            }

            // What is too large for any purpose means as long as can be (RFC 9111, section 1.2.2).
            seconds = Math.Min((seconds * 10) + (digit - '0'), (long)_longest.TotalSeconds);
        }

        return value.IsEmpty ? throw Bad(name) : TimeSpan.FromSeconds(seconds);
    }

    private static ProblemException Bad(ReadOnlySpan<char> name) =>
        Problems.BadRequest($"Cache-Control: {name} must have a number of seconds, such as {name}=60.");

    private static long Micros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
