using System.Text.Json;

namespace Remanso.Common;

/// <summary>What is wrong with somebody's JSON, told to who sent it.</summary>
internal static class JsonFault
{
    // That is advice for who wrote the program.
    private const string Advice = " which is not supported in this mode. Change the reader options.";

    public static string Of(JsonException exception) => exception.Message.Replace(Advice, ".", StringComparison.Ordinal);
}
