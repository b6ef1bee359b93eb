using System.Runtime.InteropServices;

namespace Remanso.ReadThrough;

/// <summary>What is noted of flights, for those who come while they end.</summary>
internal sealed class FlightMarks
{
    private readonly KeyMarks _ends = new();
    private readonly KeyMarks _decisions = new();

    /// <summary>The marks of this moment.</summary>
    public Moment Of(string key) => new(_ends.Of(key), _decisions.Of(key));

    /// <summary>Whether no flight ended since a moment, so that what was seen then needs no second look.</summary>
    public bool NoneEnded(string key, Moment since) => _ends.Of(key) == since.Ends;

    /// <summary>Says that a flight of the key is about to end.</summary>
    public void End(string key) => _ends.Add(key);

    /// <summary>Says that the tier is about to be asked what is true of the key now, the answer of a flight.</summary>
    /// <returns>The mark of the decision, never 0.</returns>
    public long Decide(string key) => (1L << 32) | (uint)_decisions.Add(key);

    /// <summary>Whether the answer of a flight was decided before a moment: what was written between the two is not in it.</summary>
    /// <remarks>The difference, not the order: the counts go round.</remarks>
    public static bool WasBefore(in Answer answer, Moment moment) => answer.Decided != 0 && moment.Decisions - (int)answer.Decided >= 0;

    /// <summary>When a caller began.</summary>
    [StructLayout(LayoutKind.Auto)]
    public readonly record struct Moment(int Ends, int Decisions)
    {
        /// <summary>The moment of a caller's later look: what ended before it counts, and the caller began no later for it.</summary>
        public Moment LookAgain(Moment now) => this with { Ends = now.Ends };
    }
}
