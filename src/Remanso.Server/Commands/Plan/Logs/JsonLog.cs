using System.Text.Json;

namespace Remanso.Server.Commands.Plan.Logs;

/// <summary>A JSON object a line: <c>{"time":1.25,"key":"user:42","op":"read","bytes":120,"cost":3.5}</c>. Other
/// members are skipped.</summary>
internal sealed class JsonLog : ILogFormat
{
    public string? Read(ReadOnlySpan<byte> line, LoggedCall call)
    {
        try
        {
            return ReadObject(line, call);
        }
        catch (JsonException)
        {
            return "no JSON object";
        }
        catch (InvalidOperationException)
        {
            return "text that is no UTF-8";
        }
    }

    private static string? ReadObject(ReadOnlySpan<byte> line, LoggedCall call)
    {
        var json = new Utf8JsonReader(line);
        bool hasTime = false,
            hasKind = false;
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return "no JSON object";
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string? wrong = null;
            if (json.ValueTextEquals("key"u8))
            {
                wrong = ReadKey(ref json, call);
            }
            else if (json.ValueTextEquals("time"u8))
            {
                wrong = LogFields.Time(Value(ref json), call);
                hasTime = true;
            }
            else if (json.ValueTextEquals("op"u8))
            {
                wrong = LogFields.Kind(Value(ref json), call);
                hasKind = true;
            }
            else if (json.ValueTextEquals("bytes"u8))
            {
                wrong = LogFields.Bytes(Value(ref json), call);
            }
            else if (json.ValueTextEquals("cost"u8))
            {
                wrong = LogFields.Cost(Value(ref json), call);
            }
            else
            {
                json.Read();
                json.Skip();
            }

            if (wrong is not null)
            {
                return wrong;
            }
        }

        // Whatever stands behind the object is an error of its own.
        json.Read();
        return hasTime
            ? hasKind
                ? null
                : "op: it is missing"
            : "time: it is missing";
    }

    private static string? ReadKey(ref Utf8JsonReader json, LoggedCall call)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.String)
        {
            return "key: a string";
        }

        call.MakeRoom(json.ValueSpan.Length);
        call.KeyLength = json.CopyString(call.KeyBuffer);
        return null;
    }

    private static ReadOnlySpan<byte> Value(ref Utf8JsonReader json)
    {
        json.Read();
        switch (json.TokenType)
        {
            case JsonTokenType.String or JsonTokenType.Number:
                return json.ValueSpan;
            case JsonTokenType.Null:
                return [];
            default:
                json.Skip();
                return "?"u8;
        }
    }
}
