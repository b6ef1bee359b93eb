namespace Remanso.Fuzz.Engine;

/// <summary>A parser returned, and what it returned is wrong.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message)
{
    /// <summary>Finds it wrong where something does not hold.</summary>
    public static void Unless(bool holds, string message)
    {
        if (!holds)
        {
            throw new WrongAnswerException(message);
        }
    }
}
