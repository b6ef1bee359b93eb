namespace Remanso.Scale.Model;

/// <summary>The highest rate that a deployment answers in time, with the store keeping up.</summary>
/// <param name="Rate">Calls a second.</param>
/// <param name="Outcome">What it is like at that rate.</param>
internal sealed record Knee(double Rate, Outcome Outcome);
