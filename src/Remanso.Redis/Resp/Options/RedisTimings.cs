namespace Remanso;

/// <summary>How long the client waits, and when it tries again. Each is at most a day.</summary>
public sealed class RedisTimings
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    /// <summary>For opening a connection, greeting included; and the time that a command waits for one. Default 5
    /// s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>For a command, from its call to its reply. Kept to within a tenth. Default 5 s.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether commands fail at once while their server is not connected, instead of waiting for it up to
    /// <see cref="ConnectTimeout"/>. Default false: a reconnect or a fail-over is then only a slow command.</summary>
    public bool FailFast { get; set; }

    /// <summary>The first pause between attempts to connect; each further one is twice as long. Default 50
    /// ms.</summary>
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause between attempts to connect. Default 5 s.</summary>
    public TimeSpan LongestReconnectDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the servers' roles and slots are asked for, apart from the times when something tells that
    /// they have changed. Default 30 s.</summary>
    public TimeSpan TopologyRefresh { get; set; } = TimeSpan.FromSeconds(30);

    internal void Validate()
    {
        Check(ConnectTimeout, nameof(ConnectTimeout));
        Check(CommandTimeout, nameof(CommandTimeout));
        Check(ReconnectDelay, nameof(ReconnectDelay));
        Check(LongestReconnectDelay, nameof(LongestReconnectDelay));
        Check(TopologyRefresh, nameof(TopologyRefresh));
        RedisOptions.Require(LongestReconnectDelay >= ReconnectDelay, nameof(LongestReconnectDelay), "is shorter than the first delay");
    }

    // Timers end at 49 days, and nobody waits for longer than this.
    private static void Check(TimeSpan value, string name)
    {
        RedisOptions.Require(value > TimeSpan.Zero, name, "is not positive");
        RedisOptions.Require(value <= _longest, name, "is longer than a day");
    }
}
