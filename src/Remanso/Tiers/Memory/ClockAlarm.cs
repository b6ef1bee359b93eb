namespace Remanso.Tiers.Memory;

/// <summary>What the clocks of several memory tiers have told of the machine's, which is one and told once.</summary>
internal sealed class ClockAlarm
{
    private int _ahead;

    /// <summary>A clock is ahead of the machine's.</summary>
    /// <returns>Whether it is the only one.</returns>
    public bool Raise() => Interlocked.Increment(ref _ahead) == 1;

    /// <summary>One that was is not any more.</summary>
    public void Lower() => Interlocked.Decrement(ref _ahead);
}
