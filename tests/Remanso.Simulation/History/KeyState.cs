using System.Globalization;
using System.Runtime.InteropServices;

namespace Remanso.Simulation.History;

/// <summary>What a key is between two steps of one order of all calls.</summary>
/// <param name="Version">Its version.</param>
/// <param name="IsExact">False: the version is above that one, and nobody was told which it is.</param>
/// <param name="Value">Its value; null: absent.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeyState(long Version, bool IsExact, string? Value)
{
    public static KeyState Absent => new(0, IsExact: true, Value: null);

    /// <summary>What the key is after a call; null where the call can't have come at this point with the answer that it had.</summary>
    public KeyState? After(Call call) =>
        call.Kind switch
        {
            CallKind.Read => Read(call),
            CallKind.Loss => new KeyState(call.Version, IsExact: true, call.Value),
            CallKind.SetIf => SetIf(call),
            _ => Write(call, ValueAfter(call)),
        };

    /// <summary>What a JSON array is with one more element.</summary>
    public static string Appended(string? array, string element) =>
        array is null or "[]" ? $"[{element}]" : string.Concat(array.AsSpan(0, array.Length - 1), ",", element, "]");

    private KeyState? Read(Call call)
    {
        if (!string.Equals(call.Value, Value, StringComparison.Ordinal))
        {
            return null;
        }

        if (call.Value is null || call.Version == 0)
        {
            return this;
        }

        return IsExact
            ? call.Version == Version
                ? this
                : null
            : call.Version > Version
                ? this with
                {
                    Version = call.Version,
                    IsExact = true,
                }
                : null;
    }

    private KeyState? SetIf(Call call)
    {
        var isMet =
            call.Expected == 0 ? Value is null : Value is not null && (IsExact ? Version == call.Expected : call.Expected > Version);
        var mayBeUnmet = !isMet || (!IsExact && call.Expected != 0);
        return call.Outcome == CallOutcome.Conflict
            ? mayBeUnmet
                ? this
                : null
            : isMet
                ? Write(call, call.Argument)
                : call.Outcome == CallOutcome.Unknown
                    ? this
                    : null;
    }

    private string? ValueAfter(Call call) =>
        call.Kind switch
        {
            CallKind.Set => call.Argument,
            CallKind.Remove => null,
            CallKind.Append => Appended(Value, call.Argument!),
            CallKind.Update => Value + call.Argument,
            CallKind.Add => (Number(Value) + Number(call.Argument)).ToString(CultureInfo.InvariantCulture),
            _ => throw new InvalidOperationException($"{call.Kind} is no write."),
        };

    private KeyState? Write(Call call, string? value)
    {
        if (
            call.Outcome == CallOutcome.Done
            && call.Kind is CallKind.Add or CallKind.Update
            && call.Value is not null
            && call.Value != value
        )
        {
            return null;
        }

        return call.Version == 0 ? new KeyState(Version, IsExact: false, value)
            : call.Version > Version ? new KeyState(call.Version, IsExact: true, value)
            : null;
    }

    private static long Number(string? text) => text is null ? 0 : long.Parse(text, CultureInfo.InvariantCulture);
}
