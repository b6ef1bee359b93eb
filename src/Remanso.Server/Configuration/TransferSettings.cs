using System.Globalization;
using Remanso.Common;

namespace Remanso.Server.Configuration;

/// <summary>What callers may make the process hold, and for how long.</summary>
internal static class TransferSettings
{
    private const long BytesUnlessSet = 256L << 20;
    private const int ValuesUnlessSet = 4;

    private static readonly TimeSpan _timeoutUnlessSet = TimeSpan.FromSeconds(30);

    /// <summary>How many bytes of bodies, values and answers may be held at a time.</summary>
    /// <exception cref="SettingException">It is no number, or there would be no room for the largest value.</exception>
    public static long MaxBytesInFlight(string? text, int largestValue)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Math.Max(BytesUnlessSet, (long)ValuesUnlessSet * largestValue);
        }

        return
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            && bytes >= (long)ValuesUnlessSet * largestValue
            ? bytes
            : throw new SettingException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{ServerSettings.MaxBytesInFlightName} must be a number of bytes, at least four times the largest "
                        + $"MaxValueBytes ({(long)ValuesUnlessSet * largestValue}), but is {text}"
                )
            );
    }

    /// <summary>How long a body or an answer may take.</summary>
    /// <exception cref="SettingException">It is no duration of 1 s to 1 h.</exception>
    public static TimeSpan Timeout(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return _timeoutUnlessSet;
        }

        return DurationText.TryParse(text, out var timeout) && timeout >= TimeSpan.FromSeconds(1) && timeout <= TimeSpan.FromHours(1)
            ? timeout
            : throw new SettingException($"{ServerSettings.TransferTimeoutName} must be 1s to 1h, but is {text}");
    }
}
