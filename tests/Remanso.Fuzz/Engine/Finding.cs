using System.Diagnostics;

namespace Remanso.Fuzz.Engine;

/// <summary>An input that a parser can't cope with.</summary>
/// <param name="Input">The input.</param>
/// <param name="Error">What came of it.</param>
internal sealed record Finding(byte[] Input, Exception Error)
{
    /// <summary>Tells findings of different causes apart: the exception, and where in the product it was thrown.</summary>
    public string Cause { get; } = CauseOf(Error);

    private static string CauseOf(Exception error)
    {
        var at = new StackTrace(error)
            .GetFrames()
            .Select(static frame => frame.GetMethod())
            .FirstOrDefault(static method => method?.DeclaringType?.Assembly.GetName().Name is { } name && IsOfProduct(name));
        var message = error is WrongAnswerException ? error.Message : string.Empty;
        return $"{error.GetType().Name} in {at?.DeclaringType?.FullName}.{at?.Name} {message}".TrimEnd();
    }

    private static bool IsOfProduct(string assembly) =>
        assembly.StartsWith("Remanso", StringComparison.Ordinal) && assembly != typeof(Finding).Assembly.GetName().Name;
}
