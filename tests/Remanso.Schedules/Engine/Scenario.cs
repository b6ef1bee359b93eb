namespace Remanso.Schedules.Engine;

/// <summary>A few calls of the product at the same time, and what has to hold after each of them, in whatever order they come.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Run">One schedule of it; it fails by what it throws.</param>
internal sealed record Scenario(string Name, Func<Task> Run)
{
    /// <summary>How many schedules the tests explore.</summary>
    public uint Schedules { get; init; } = 100;
}
