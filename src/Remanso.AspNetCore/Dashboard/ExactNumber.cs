using System.Globalization;
using System.Text.Json;

namespace Remanso.AspNetCore.Dashboard;

/// <summary>Whole numbers as a page can read them: as a number where a double holds it exactly, else as a text.</summary>
internal static class ExactNumber
{
    private const long MostExact = (1L << 53) - 1;

    public static void Write(Utf8JsonWriter writer, long number)
    {
        if (number is >= -MostExact and <= MostExact)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
        }
    }

    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long number)
    {
        writer.WritePropertyName(name);
        Write(writer, number);
    }
}
