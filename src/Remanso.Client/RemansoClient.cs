using Remanso.Client.Http;

namespace Remanso.Client;

/// <summary>A client of a Remanso server: hands out its caches, and asks for the server's state. Safe for use by many
/// threads; one is enough.</summary>
/// <remarks>What the server refuses is a <see cref="RemansoApiException"/>; a server that can't be reached is an
/// <see cref="HttpRequestException"/>, and one that does not answer in time a <see cref="TimeoutException"/>. An absent
/// key is no error.
/// </remarks>
/// <example><code>
/// using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = new Uri("http://localhost:8000") });
/// var users = client.Cache("users");
/// await users.SetTextAsync("42", "Alice");
/// var alice = await users.GetAsync("42");
/// </code></example>
public sealed class RemansoClient : IDisposable
{
    private readonly ApiCaller _caller;
    private readonly HttpClient? _own;
    private readonly CancellationTokenSource _ended = new();
    private bool _isDisposed;

    /// <summary>Makes a client with connections of its own, which end with it.</summary>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    public RemansoClient(RemansoClientOptions options)
        : this(Connections.Create(), options, owns: true) { }

    /// <summary>Makes a client on an <see cref="HttpClient"/> of the caller's, which stays the caller's.</summary>
    /// <param name="http">Its own time-out holds as well; its default headers are sent.</param>
    /// <param name="options">Without them, and without <see cref="RemansoClientOptions.BaseAddress"/>, the address is
    /// that of <paramref name="http"/>.</param>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    public RemansoClient(HttpClient http, RemansoClientOptions? options = null)
        : this(http, options ?? new RemansoClientOptions(), owns: false) { }

    private RemansoClient(HttpClient http, RemansoClientOptions options, bool owns)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        _own = owns ? http : null;
        _caller = new ApiCaller(http, options.Checked(http.BaseAddress), _ended.Token);
    }

    /// <summary>A cache of the server; nothing is asked yet.</summary>
    /// <param name="name">1 to 64 letters, digits, <c>-</c>, <c>_</c>, <c>.</c>; <c>default</c> always exists.</param>
    /// <exception cref="ArgumentException">The name can't be a cache's.</exception>
    public CacheClient Cache(string name = "default") => new(_caller, name);

    /// <summary>The caches' counts since the server's process started, by name: those that the key may observe.</summary>
    /// <exception cref="RemansoApiException">The server refuses it.</exception>
    public async Task<IReadOnlyDictionary<string, CacheCounts>> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        var call = new ApiCall(HttpMethod.Get, "v1/stats") { IsRepeatable = true };
        var answer = await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return answer.Read(ApiJson.Default.StatisticsReply).Caches;
    }

    /// <summary>The processes that share the server's tier, the living first, with the caches that the key may observe.</summary>
    /// <exception cref="RemansoApiException">The server refuses it.</exception>
    public async Task<IReadOnlyList<ProcessAnswer>> GetProcessesAsync(CancellationToken cancellationToken = default)
    {
        var call = new ApiCall(HttpMethod.Get, "v1/processes") { IsRepeatable = true };
        var answer = await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return answer.Read(ApiJson.Default.ProcessesReply).Processes;
    }

    /// <summary>Whether the server can do its work now, and what it lacks where it can't.</summary>
    /// <exception cref="RemansoApiException">The server answers neither yes nor no.</exception>
    public async Task<ReadinessAnswer> GetReadinessAsync(CancellationToken cancellationToken = default)
    {
        var call = new ApiCall(HttpMethod.Get, "health/ready") { Tolerated = ["not-ready"] };
        var answer = await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false);
        if (answer.Error is { } error)
        {
            return new ReadinessAnswer(IsReady: false, error.Problems ?? [error.Detail]);
        }

        return new ReadinessAnswer(IsReady: true, []) { Warnings = answer.Read(ApiJson.Default.ReadyReply).Warnings ?? [] };
    }

    /// <summary>Ends the watches that are under way, with <see cref="ObjectDisposedException"/>, and closes the connections
    /// that the client made itself, with what is under way on them; an <see cref="HttpClient"/> of the caller's is left
    /// alone.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        _ended.Cancel();
        _own?.Dispose();
        _ended.Dispose();
    }
}
