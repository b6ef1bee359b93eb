using System.Collections.Concurrent;

namespace Remanso.Redis.Resp.Sentinels;

// Sentinels come and go with their containers, under new addresses. So those that were learnt are forgotten again, once
// they can't be reached and no other sentinel names them as alive; the configured ones never are. A sentinel itself forgets
// none that it has ever seen, but says which of them it takes for dead.

/// <summary>The connections to the sentinels that are known: the configured ones, and those that they tell of.</summary>
/// <param name="options">With <see cref="RedisOptions.Sentinel"/>.</param>
/// <param name="makeLink">Makes a connection.</param>
internal sealed class KnownSentinels(RedisOptions options, Func<RedisEndPoint, RespLink> makeLink) : IAsyncDisposable
{
    // A list that never ends is no list of sentinels.
    private const int Most = 32;

    private readonly ConcurrentDictionary<RedisEndPoint, RespLink> _links = new();
    private readonly Lock _gate = new();
    private bool _isDisposed;

    /// <summary>One for each of them.</summary>
    public ICollection<RespLink> Links => _links.Values;

    /// <summary>Begins to connect to the configured ones.</summary>
    public void Start()
    {
        foreach (var endPoint in options.EndPoints)
        {
            Add(endPoint);
        }
    }

    /// <summary>Takes over what those say who were asked, all of whom that are connected now.</summary>
    /// <param name="alive">Where the sentinels are that one of them takes for alive.</param>
    public async Task LearnAsync(IReadOnlySet<RedisEndPoint> alive)
    {
        foreach (var link in Links)
        {
            // One that never failed may be about to connect.
            var isGone = link is { Connection: null, Failures: > 0 } && !alive.Contains(link.EndPoint);
            if (isGone && !options.EndPoints.Contains(link.EndPoint) && _links.TryRemove(link.EndPoint, out _))
            {
                await link.DisposeAsync().ConfigureAwait(false);
            }
        }

        foreach (var endPoint in alive)
        {
            if (_links.Count < Most)
            {
                Add(endPoint);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isDisposed = true;
        }
        foreach (var link in Links)
        {
            await link.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Add(RedisEndPoint endPoint)
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _links.GetOrAdd(endPoint, makeLink).Start();
            }
        }
    }
}
