using System.Globalization;

namespace Remanso.Torture.Tests.Soak;

/// <summary>How long a soak takes, how often it looks, and where it reports: a short form for every run, and what
/// <c>eng/soak.sh</c> asks for.</summary>
/// <param name="Length">For how long there is load.</param>
/// <param name="Every">The time between two samples.</param>
/// <param name="Report">The folder of the report; null for none.</param>
internal sealed record SoakOptions(TimeSpan Length, TimeSpan Every, string? Report)
{
    private const int Samples = 240;

    // Shorter, and most of what grows is what a process needs to get going.
    private static readonly TimeSpan _leastJudged = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan _leastEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _mostEvery = TimeSpan.FromSeconds(30);

    public static SoakOptions Current { get; } =
        Of(
            Environment.GetEnvironmentVariable("REMANSO_SOAK") is { Length: > 0 } seconds
                ? TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture))
                : _shortest,
            Environment.GetEnvironmentVariable("REMANSO_SOAK_REPORT")
        );

    /// <summary>Whether slopes are judged, and not only drawn.</summary>
    public bool IsJudged => Length >= _leastJudged;

    /// <summary>What comes before is not judged: code is compiled, pools and heaps fill up.</summary>
    public TimeSpan WarmUp => Length * 0.4;

    /// <summary>For how long a repeated increment is known: as long as a fault may hold up an answer, and short
    /// enough that what is kept for it no longer grows when the warm-up is over.</summary>
    public TimeSpan Retention => TimeSpan.FromSeconds(Math.Clamp(Length.TotalSeconds * 0.3, 30, 600));

    private static SoakOptions Of(TimeSpan length, string? report)
    {
        var every = length / Samples;
        return new(
            length,
            every < _leastEvery ? _leastEvery
                : every > _mostEvery ? _mostEvery
                : every,
            report is { Length: > 0 } ? report : null
        );
    }
}
