namespace Remanso.Schedules.Scenarios;

/// <summary>What holds at every step.</summary>
internal static class Must
{
    public static void Hold(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }
}
