using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Remanso.Common;
using Remanso.Entries;

namespace Remanso;

/// <summary>What a write makes of the value that its key holds: the tier reads, computes and writes in one step, where
/// the value lies (<see cref="ICache{TKey, TValue}.MergeAsync"/>). One may be used for any number of writes.</summary>
/// <remarks>
/// <para><b>Numbers</b> are whole ones of 64 bits, kept as decimal text (<see cref="CounterText"/>).</para>
/// <para><b>JSON</b> is worked on as text: what a merge does not touch stays byte for byte, so numbers keep all their
/// digits. At most 64 levels deep.</para>
/// </remarks>
public sealed class Merge
{
    /// <summary>The highest cap of an array.</summary>
    public const int MaxCap = 1_000_000;

    /// <summary>The most bytes that a value of JSON may have which is merged, or comes of it: 1 MiB, and no more than
    /// the cache's limit. The tier scans all of it, and on Redis does nothing else meanwhile.</summary>
    public const int MaxJsonBytes = 1 << 20;

    // An element lies one level deeper in its array.
    private static readonly JsonReaderOptions _elementOptions = new() { MaxDepth = JsonPatch.MaxDepth - 1 };

    private Merge(MergeKind kind) => Kind = kind;

    /// <summary>What it does.</summary>
    public MergeKind Kind { get; }

    /// <summary>The number that is added or compared; 0 where it is about JSON.</summary>
    public long Number { get; private init; }

    /// <summary>The element or the patch, without space around it; empty where it is about a number.</summary>
    public ReadOnlyMemory<byte> Json { get; private init; }

    /// <summary>How many elements the array keeps at most; 0 for as many as the value has room for.</summary>
    public int Cap { get; private init; }

    /// <summary>Whether it is about JSON; otherwise it is about a number.</summary>
    public bool IsJson => Kind is MergeKind.Append or MergeKind.Patch;

    /// <summary>The patch, read.</summary>
    internal JsonPatch? Patched { get; private init; }

    /// <summary>Where it is about a number, those that it may leave; null for any of 64 bits.</summary>
    internal NumberRange? Range { get; private init; }

    /// <summary>The same merge of a number, which leaves none outside a range.</summary>
    internal Merge Within(NumberRange range) => new(Kind) { Number = Number, Range = range };

    /// <summary>Adds to a number; an absent key counts as 0.</summary>
    /// <param name="by">What to add; negative to subtract.</param>
    public static Merge Add(long by) => new(MergeKind.Add) { Number = by };

    /// <summary>Keeps the higher one of the number that is there and this one; an absent key gets this one.</summary>
    public static Merge Max(long number) => new(MergeKind.Max) { Number = number };

    /// <summary>Keeps the lower one of the number that is there and this one; an absent key gets this one.</summary>
    public static Merge Min(long number) => new(MergeKind.Min) { Number = number };

    /// <summary>Appends an element to a JSON array; an absent key gets an array of it.</summary>
    /// <param name="element">The element: one JSON value in UTF-8, at most 63 levels deep. Copied.</param>
    /// <param name="cap">How many elements the array keeps at most, the last ones: 1 to <see cref="MaxCap"/>. Null for
    /// as many as the value has room for.</param>
    /// <exception cref="InvalidMergeException">It is no JSON.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The cap is out of its range.</exception>
    public static Merge Append(ReadOnlyMemory<byte> element, int? cap = null)
    {
        if (cap is < 1 or > MaxCap)
        {
            throw new ArgumentOutOfRangeException(nameof(cap), cap, $"A cap is 1 to {MaxCap}.");
        }

        return Read(element, (own, reader) =>
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var end = (int)reader.BytesConsumed;
            JsonPatch.ExpectEnd(ref reader);
            return new Merge(MergeKind.Append) { Json = own[start..end], Cap = cap ?? 0 };
        });
    }

    /// <inheritdoc cref="Append(ReadOnlyMemory{byte}, int?)"/>
    public static Merge Append(string element, int? cap = null) => Append(Bytes(element), cap);

    /// <summary>Applies a JSON merge patch (RFC 7396): members of objects are replaced, removed where the patch says
    /// null, and added; anything but an object replaces what is there. An absent key counts as an empty object.</summary>
    /// <param name="patch">The patch: one JSON value in UTF-8, at most 64 levels deep; of a name that an object has
    /// twice, the last counts. Copied.</param>
    /// <exception cref="InvalidMergeException">It is no JSON, or the name of a member is no Unicode text.</exception>
    public static Merge Patch(ReadOnlyMemory<byte> patch) => Read(patch, static (own, _) =>
        {
            var read = JsonPatch.Parse(own);
            return new Merge(MergeKind.Patch) { Json = read.Text, Patched = read };
        });

    /// <inheritdoc cref="Patch(ReadOnlyMemory{byte})"/>
    public static Merge Patch(string patch) => Patch(Bytes(patch));

    private delegate Merge Reading(ReadOnlyMemory<byte> own, Utf8JsonReader reader);

    private static Merge Read(ReadOnlyMemory<byte> json, Reading reading)
    {
        // The reader takes any bytes between quotes; what is stored as JSON must be text.
        if (!Utf8.IsValid(json.Span))
        {
            throw new InvalidMergeException("it is not valid UTF-8.");
        }

        try
        {
            ReadOnlyMemory<byte> own = json.ToArray();
            return reading(own, new Utf8JsonReader(own.Span, _elementOptions));
        }
        catch (JsonException exception)
        {
            throw new InvalidMergeException(JsonFault.Of(exception), exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidMergeException("a name has an escaped lone surrogate, which is no Unicode text.", exception);
        }
    }

    private static byte[] Bytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return !UnicodeText.IsWhole(text)
            ? throw new InvalidMergeException("it has a lone surrogate, which is no Unicode text.")
            : Encoding.UTF8.GetBytes(text);
    }
}
