namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>A short form for every run, and a long one, which is asked for with <c>REMANSO_TORTURE=full</c>.</summary>
internal static class Scale
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("REMANSO_TORTURE") == "full";
}
