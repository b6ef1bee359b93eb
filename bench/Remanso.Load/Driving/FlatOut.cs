namespace Remanso.Load.Driving;

/// <summary>A connection sends as soon as it has its answer: a closed loop, which finds the greatest throughput.</summary>
internal sealed class FlatOut(TimeSpan duration) : IPace
{
    public long End { get; } = Clock.Now + Clock.From(duration);

    public ValueTask<long> NextAsync(Turn turn)
    {
        var now = Clock.Now;
        return new ValueTask<long>(now < End ? now : IPace.Over);
    }
}
