namespace Remanso.Client;

/// <summary>Where the server is, who asks, and how long a call may take. A client reads them once, when it is made.</summary>
public sealed class RemansoClientOptions
{
    // No timer of the platform runs for much longer.
    private static readonly TimeSpan _longestTimer = TimeSpan.FromDays(40);

    /// <summary>The server's address, such as <c>http://localhost:8000</c>, with the prefix of the API where it has
    /// one (<c>https://shop.example/cache</c>). Null: that of the <see cref="HttpClient"/>.</summary>
    public Uri? BaseAddress { get; set; }

    /// <summary>The key or token that each request shows (<c>Authorization: Bearer</c>); null: none. Visible ASCII characters.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Gives the key or token of each try of a call, and of each connection of a watch, in the place of
    /// <see cref="ApiKey"/>: for one that is exchanged, such as a token that ends after an hour. Null, or an answer of
    /// null: none. It is asked for every request, so it gives what it has at hand; what it throws is the call's error.
    /// </summary>
    public Func<CancellationToken, ValueTask<string?>>? KeyProvider { get; set; }

    /// <summary>How long one try of a call may take, its answer included; 100 s unless set, above zero up to 40 days,
    /// or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>. Afterwards it fails with
    /// <see cref="TimeoutException"/>; what it asked for may have happened. A watch has no such end.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>How often a call that is safe to repeat is sent again where the server answers 503 and says when
    /// (<c>Retry-After</c>, and up to a quarter of that by chance); 0 to 10, 2 unless set. Safe to repeat are reads, and writes with an
    /// <see cref="EntryWriteOptions.IdempotencyKey"/>. A call for which the key's rate has no room is not begun, so any
    /// is sent again.
    /// </summary>
    public int MaxRetries { get; set; } = 2;

    /// <summary>The longest <c>Retry-After</c> that is waited for; 0 to 1 hour, 5 s unless set. Where the server asks
    /// for more the call fails at once.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After how much silence a watch takes its connection for dead and makes a new one; 45 s unless set, 20
    /// s to 40 days, for the server says something every 15 s. A connection that is made again begins within it, too.</summary>
    public TimeSpan MaxWatchSilence { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>The longest pause between two tries of a watch to connect again; 1 s to 1 hour, 30 s unless set. The
    /// first comes after about a second.</summary>
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock of time-outs and pauses; the system's unless set.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Draws from 0 to 1, for pauses that differ from each other.</summary>
    internal Func<double> Random { get; set; } = System.Random.Shared.NextDouble;

    /// <summary>Copies the options, so that a later change does not reach a client that runs, and says what is wrong with them.</summary>
    internal RemansoClientOptions Checked(Uri? otherwise)
    {
        var address = BaseAddress ?? otherwise;
        Require(address is not null, nameof(BaseAddress), "is missing: the server's address, such as http://localhost:8000");
        Require(
            address!.IsAbsoluteUri && address.Scheme is "http" or "https" && address.Query.Length == 0 && address.Fragment.Length == 0,
            nameof(BaseAddress),
            "must be an absolute http or https address without query and fragment"
        );
        Require(address.UserInfo.Length == 0, nameof(BaseAddress), $"must have no user or password; a key belongs in {nameof(ApiKey)}");
        RequireKey(ApiKey, nameof(ApiKey));
        Require(ApiKey is null || KeyProvider is null, nameof(KeyProvider), $"can't be set beside {nameof(ApiKey)}");
        Require(
            (Timeout > TimeSpan.Zero && Timeout <= _longestTimer) || Timeout == System.Threading.Timeout.InfiniteTimeSpan,
            nameof(Timeout),
            "must be above zero and up to 40 days, or infinite"
        );
        Require(MaxRetries is >= 0 and <= 10, nameof(MaxRetries), "must be 0 to 10");
        Require(MaxRetryDelay >= TimeSpan.Zero && MaxRetryDelay <= TimeSpan.FromHours(1), nameof(MaxRetryDelay), "must be 0 to 1 hour");
        Require(
            MaxWatchSilence >= TimeSpan.FromSeconds(20) && MaxWatchSilence <= _longestTimer,
            nameof(MaxWatchSilence),
            "must be 20 s to 40 days"
        );
        Require(
            MaxReconnectDelay >= TimeSpan.FromSeconds(1) && MaxReconnectDelay <= TimeSpan.FromHours(1),
            nameof(MaxReconnectDelay),
            "must be 1 s to 1 hour"
        );
        Require(TimeProvider is not null, nameof(TimeProvider), "must not be null");
        var copy = (RemansoClientOptions)MemberwiseClone();
        copy.BaseAddress = address;
        return copy;
    }

    /// <summary>Says what is wrong with a key.</summary>
    internal static void RequireKey(string? key, string option) =>
        Require(
            key is null || (key.Length > 0 && key.All(static letter => letter is > ' ' and <= '~')),
            option,
            "must be visible ASCII characters without spaces"
        );

    private static void Require(bool holds, string option, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"{nameof(RemansoClientOptions)}.{option} {rule}.", option);
        }
    }
}
