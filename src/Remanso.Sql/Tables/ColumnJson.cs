using System.Globalization;
using System.Text.Json;

namespace Remanso.Sql.Tables;

/// <summary>One value of a column in JSON, so that it comes back as it went in: numbers as numbers, times in their
/// round-trip form, bytes in base64. What comes from elsewhere may leave out the part of a second that is zero.</summary>
internal static class ColumnJson
{
    private static readonly string[] _times = ["HH:mm:ss.FFFFFFF", "HH:mm"];

    public static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case short number:
                writer.WriteNumberValue(number);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case float number when float.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case byte[] bytes:
                writer.WriteBase64StringValue(bytes);
                break;
            case TimeSpan duration:
                writer.WriteStringValue(duration.ToString("c", CultureInfo.InvariantCulture));
                break;
            case DateTime or DateTimeOffset or DateOnly or TimeOnly:
                writer.WriteStringValue(((IFormattable)value).ToString("O", CultureInfo.InvariantCulture));
                break;
            default:
                writer.WriteStringValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
        }
    }

    public static object? Read(ref Utf8JsonReader reader, ColumnKind kind)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        var culture = CultureInfo.InvariantCulture;
        return kind switch
        {
            ColumnKind.Boolean => reader.GetBoolean(),
            ColumnKind.SmallInteger => reader.GetInt16(),
            ColumnKind.PlainInteger => reader.GetInt32(),
            ColumnKind.LongInteger => reader.GetInt64(),
            ColumnKind.Real => reader.TokenType == JsonTokenType.String ? float.Parse(reader.GetString()!, culture) : reader.GetSingle(),
            ColumnKind.DoubleReal => reader.TokenType == JsonTokenType.String
                ? double.Parse(reader.GetString()!, culture)
                : reader.GetDouble(),
            ColumnKind.Number => reader.GetDecimal(),
            ColumnKind.Text => reader.GetString(),
            ColumnKind.Uuid => reader.GetGuid(),
            ColumnKind.Bytes => reader.GetBytesFromBase64(),
            ColumnKind.Date => DateOnly.ParseExact(reader.GetString()!, "O", culture),
            ColumnKind.Time => TimeOnly.ParseExact(reader.GetString()!, _times, culture),
            ColumnKind.Timestamp => reader.GetDateTime(),
            ColumnKind.Moment => reader.GetDateTimeOffset(),
            ColumnKind.Duration => TimeSpan.ParseExact(reader.GetString()!, "c", culture),
            _ => throw new InvalidOperationException($"There is no kind {kind}."),
        };
    }
}
