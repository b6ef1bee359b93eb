namespace Remanso.Simulation.World;

/// <summary>How a way between two hosts behaves; changed by faults while the world runs.</summary>
internal sealed class NetworkWeather
{
    /// <summary>The longest that one way takes, as a rule.</summary>
    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How often a call gets lost on its way: nothing happened, and nobody says so.</summary>
    public double LosesRequests { get; set; }

    /// <summary>How often an answer gets lost: it happened, and the caller can't know.</summary>
    public double LosesReplies { get; set; }

    /// <summary>How often a call arrives long after its caller gave up.</summary>
    public double Lingers { get; set; }

    /// <summary>How often a call is refused before anything happens.</summary>
    public double Refuses { get; set; }

    /// <summary>No call gets through.</summary>
    public bool IsCut { get; set; }

    /// <summary>How long a caller waits for an answer.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a lingering call may be under way.</summary>
    public TimeSpan LongestLingering { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>From now on everything gets through.</summary>
    public void Calm() => (LosesRequests, LosesReplies, Lingers, Refuses, IsCut) = (0, 0, 0, 0, false);
}
