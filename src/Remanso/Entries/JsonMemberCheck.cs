using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Remanso.Entries;

// A member that is written and that nothing sets is computed of others, and computed again (Total => Price * Count); or
// it shows a field that JSON does not know (Lines => _lines), and is lost. The type does not tell which. A value does: it
// is read back and written once more, and each such member that says anything must say it again.
//
// That costs a read and two writes, so it ends: when every such member of the type was seen to come back, else after
// the first thousand values. A member that was seen to be lost is looked at for ever: its values are refused.
//
// Trusted: members of time or chance (written a second time the same value says something else), the order of arrays,
// what a converter of a member's own writes.

/// <summary>Whether members without a setter come back, told by the first values of a type.</summary>
internal sealed class JsonMemberCheck(Type type, JsonSerializerOptions options)
{
    private const int MostValues = 1_000;

    private readonly HashSet<JsonPropertyInfo> _open = [];
    private int _left = MostValues;
    private volatile bool _isOver;
    private bool _isReady;
    private bool _isLossy;

    /// <summary>The first member that would not come back; null where none is known.</summary>
    /// <param name="value">The value.</param>
    /// <param name="info">The type that it was written as.</param>
    /// <param name="encoded">What was written.</param>
    public string? Find<TValue>(TValue value, JsonTypeInfo<TValue> info, ReadOnlyMemory<byte> encoded) =>
        _isOver ? null : FindOpen(value, info, encoded);

    private string? FindOpen<TValue>(TValue value, JsonTypeInfo<TValue> info, ReadOnlyMemory<byte> encoded)
    {
        if (!Begin())
        {
            return null;
        }

        List<(JsonPropertyInfo Member, string Path, bool IsBack)> seen = [];
        List<(JsonPropertyInfo Member, string Path, bool IsBack)> again = [];
        try
        {
            using var was = JsonDocument.Parse(encoded);
            var back = JsonSerializer.Deserialize(encoded.Span, info);
            using var now = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(back!, info));
            Compare(info, was.RootElement, now.RootElement, Name(type), seen);
            if (!seen.TrueForAll(static member => member.IsBack))
            {
                // After the other, so that what time changed for that one has changed for this one.
                using var second = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(value, info));
                Compare(info, was.RootElement, second.RootElement, Name(type), again);
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What a read back throws is for the reads to tell.
            return null;
        }

        var unsteady = again.Where(static member => !member.IsBack).Select(static member => member.Member).ToHashSet();
        var lost = seen.Find(member => !member.IsBack && !unsteady.Contains(member.Member));
        lock (_open)
        {
            foreach (var member in seen.Where(member => member.IsBack || unsteady.Contains(member.Member)))
            {
                _open.Remove(member.Member);
            }

            _isLossy |= lost.Path is not null;
            _isOver = _open.Count == 0;
        }

        return lost.Path;
    }

    /// <summary>Whether this value is still to be looked at.</summary>
    private bool Begin()
    {
        lock (_open)
        {
            if (!_isReady)
            {
                CollectAll();
                _isReady = true;
                _isOver = _open.Count == 0;
            }

            _isOver |= !_isLossy && _left-- <= 0;
            return !_isOver;
        }
    }

    private void CollectAll()
    {
        try
        {
            Collect(type, []);
        }
        catch (Exception exception) when (exception is InvalidOperationException or NotSupportedException)
        {
            // A type that the serializer can't describe is for its start to refuse.
            _open.Clear();
        }
    }

    private void Collect(Type at, HashSet<Type> seen)
    {
        at = Nullable.GetUnderlyingType(at) ?? at;
        if (!seen.Add(at) || !options.TryGetTypeInfo(at, out var info))
        {
            return;
        }

        foreach (var derived in info.PolymorphismOptions?.DerivedTypes ?? [])
        {
            Collect(derived.DerivedType, seen);
        }

        if (info.ElementType is { } element)
        {
            Collect(element, seen);
        }

        foreach (var member in info.Kind == JsonTypeInfoKind.Object ? info.Properties : [])
        {
            if (IsShown(member))
            {
                _open.Add(member);
            }
            else if (IsFollowed(member))
            {
                Collect(member.PropertyType, seen);
            }
        }
    }

    private void Compare(
        JsonTypeInfo info,
        JsonElement was,
        JsonElement now,
        string path,
        List<(JsonPropertyInfo Member, string Path, bool IsBack)> seen
    )
    {
        switch (info.Kind, was.ValueKind, now.ValueKind)
        {
            case (JsonTypeInfoKind.Object, JsonValueKind.Object, JsonValueKind.Object):
                foreach (var member in Actual(info, was).Properties)
                {
                    var isNow = now.TryGetProperty(member.Name, out var shown);
                    if (!was.TryGetProperty(member.Name, out var said))
                    {
                        continue;
                    }

                    if (IsShown(member) && SaysAnything(said))
                    {
                        seen.Add((member, $"{path}.{member.Name}", isNow && IsSame(said, shown)));
                    }
                    else if (IsFollowed(member) && isNow)
                    {
                        Compare(InfoOf(member.PropertyType), said, shown, $"{path}.{member.Name}", seen);
                    }
                }

                break;
            case (JsonTypeInfoKind.Dictionary, JsonValueKind.Object, JsonValueKind.Object):
                foreach (var entry in was.EnumerateObject())
                {
                    if (now.TryGetProperty(entry.Name, out var other))
                    {
                        Compare(InfoOf(info.ElementType!), entry.Value, other, $"{path}[]", seen);
                    }
                }

                break;
            case (JsonTypeInfoKind.Enumerable, JsonValueKind.Array, JsonValueKind.Array)
                when IsOrdered(info.Type) && was.GetArrayLength() == now.GetArrayLength():
                foreach (var (element, other) in was.EnumerateArray().Zip(now.EnumerateArray()))
                {
                    Compare(InfoOf(info.ElementType!), element, other, $"{path}[]", seen);
                }

                break;
        }
    }

    private JsonTypeInfo InfoOf(Type at) => options.GetTypeInfo(Nullable.GetUnderlyingType(at) ?? at);

    private JsonTypeInfo Actual(JsonTypeInfo info, JsonElement json) =>
        info.PolymorphismOptions is { } polymorphism
        && json.TryGetProperty(polymorphism.TypeDiscriminatorPropertyName, out var mark)
        && polymorphism.DerivedTypes.FirstOrDefault(derived => derived.TypeDiscriminator?.ToString() == mark.ToString()).DerivedType
            is { } derived
            ? InfoOf(derived)
            : info;

    private static bool IsShown(JsonPropertyInfo member) =>
        member is { Get: not null, Set: null, AssociatedParameter: null, IsExtensionData: false };

    private static bool IsFollowed(JsonPropertyInfo member) =>
        member is { Get: not null, CustomConverter: null, IsExtensionData: false } && !IsShown(member);

    // A set with a comparer of its own, or a bag, may come back in another order.
    private static bool IsOrdered(Type at) => at.IsArray || at.IsInterface || typeof(IList).IsAssignableFrom(at);

    private static bool SaysAnything(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.False => false,
            JsonValueKind.Number => !json.TryGetDouble(out var number) || number != 0,
            JsonValueKind.String => json.GetString() is not "",
            JsonValueKind.Array => json.GetArrayLength() > 0,
            JsonValueKind.Object => json.GetPropertyCount() > 0,
            _ => true,
        };

    private static bool IsSame(JsonElement was, JsonElement now) =>
        (was.ValueKind, now.ValueKind) switch
        {
            (JsonValueKind.Array, JsonValueKind.Array) => was.GetArrayLength() == now.GetArrayLength(),
            (JsonValueKind.Object, JsonValueKind.Object) => was.EnumerateObject()
                .All(member => now.TryGetProperty(member.Name, out var other) && IsSame(member.Value, other)),
            _ => JsonElement.DeepEquals(was, now),
        };

    private static string Name(Type at) => JsonRoundTrip.Name(at);
}
