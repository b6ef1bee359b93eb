using System.CommandLine;

namespace Remanso.Server.Commands.Remote;

/// <summary>Options that take one of a few words.</summary>
internal static class Choices
{
    /// <summary>Refuses any other word, in a line that names the option.</summary>
    public static void TakesOneOf(this Option<string?> option, params string[] words)
    {
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => !words.Contains(token.Value, StringComparer.Ordinal)))
            {
                result.AddError($"{option.Name} must be {string.Join(", ", words[..^1])} or {words[^1]}.");
            }
        });
    }
}
