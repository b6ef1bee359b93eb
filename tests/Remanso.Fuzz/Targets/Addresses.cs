using System.Buffers;
using System.Text;

namespace Remanso.Fuzz.Targets;

/// <summary>What holds of every address: it is read or refused with a <see cref="FormatException"/>, and neither the refusal nor what is
/// shown of it has the password.</summary>
internal static class Addresses
{
    /// <summary>What stands for a password.</summary>
    public const string Password = "hunter2";

    private static readonly SearchValues<char> _letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz");

    public static void Check(byte[] input, Func<string, string?> describe)
    {
        var text = Encoding.UTF8.GetString(input);
        string? shown;
        try
        {
            shown = describe(text);
        }
        catch (FormatException error)
        {
            shown = error.Message;
        }

        // Anywhere else it is no password.
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var isPassword =
            scheme > 0
            && text.AsSpan(0, scheme).IndexOfAnyExcept(_letters) < 0
            && text.AsSpan(scheme).StartsWith($"://user:{Password}@")
            && text.ToLowerInvariant().Split(Password).Length == 2;
        Engine.WrongAnswerException.Unless(
            !isPassword || shown?.Contains(Password, StringComparison.OrdinalIgnoreCase) != true,
            "it shows the password"
        );
    }
}
