using System.Text;
using System.Text.Json;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>The bodies of all calls. The first byte says of which call; what is taken must be JSON to others, too, and a value is what
/// System.Text.Json takes for it.</summary>
internal static class HttpBodyTarget
{
    private const int Calls = 7;

    public static FuzzTarget Target { get; } =
        new("http-body", Run)
        {
            Words =
            [
                "{\"key\":\"k\",\"value\":1}",
                "\"key\":",
                "\"value\":",
                "\"tags\":[\"a\"]",
                "\"keys\":[\"a\"]",
                "\"all\":true",
                "\"by\":1",
                "\"cap\":3",
                "\"op\":\"add\"",
                "\"op\":\"append\"",
                "\"op\":\"patch\"",
                "\"op\":\"max\"",
                "{}",
                "[]",
                "null",
                "true",
                "\\ud800",
                "\\u0061",
                "1e400",
                ",",
                "[[[[",
            ],
        };

    private static void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        var json = input[1..];
        switch (input[0] % Calls)
        {
            case 0:
                Parse<KeyedValue>(json, KeyedValue.Parse, entry => CheckValue(json, entry));
                break;
            case 1:
                Parse<List<KeyedValue>>(json, BatchSetEndpoint.Parse);
                break;
            case 2:
                Parse<List<string>>(json, BatchGetEndpoint.Parse);
                break;
            case 3 when json.Length > 0:
                Parse<long>(json, IncrementEndpoint.Parse);
                break;
            case 4:
                Parse<Merge>(json, MergeBody.Parse);
                break;
            case 5:
                Parse<List<string>>(json, DeadLettersEndpoint.ParseKeys);
                break;
            default:
                Parse<Invalidation>(json, Invalidation.Parse);
                break;
        }
    }

    private static void Parse<T>(byte[] json, JsonBody.Parser<T> parser, Action<T>? check = null)
    {
        try
        {
            var body = JsonBody.Parse(json, parser);
            using var same = JsonDocument.Parse(json);
            check?.Invoke(body);
        }
        catch (Exception error) when (error is ProblemException or InvalidMergeException)
        {
            // A problem that the caller is told.
        }
    }

    private static void CheckValue(byte[] json, in KeyedValue entry)
    {
        using var same = JsonDocument.Parse(json);
        var value = same.RootElement.GetProperty("value");
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        WrongAnswerException.Unless(entry.Key == same.RootElement.GetProperty("key").GetString(), "another key");
        WrongAnswerException.Unless(Encoding.UTF8.GetString(entry.Value.Bytes.Span) == text, "another value");
    }
}
