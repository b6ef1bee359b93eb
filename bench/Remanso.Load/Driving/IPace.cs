namespace Remanso.Load.Driving;

/// <summary>When requests are sent.</summary>
internal interface IPace
{
    /// <summary>When the measured time is over (<see cref="Clock"/>).</summary>
    long End { get; }

    /// <summary>Waits until the connection may send its next request.</summary>
    /// <returns>When the request was due, from which its latency counts; <see cref="Over"/>: send no more.</returns>
    ValueTask<long> NextAsync(Turn turn);

    /// <summary>The answer when there is nothing more to send.</summary>
    const long Over = -1;
}
