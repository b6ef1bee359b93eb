using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Remanso;

/// <summary>The key codecs that come with the library.</summary>
public static class KeyCodec
{
    /// <summary>The codec of strings (as they are), and of any other type that formats and parses itself independently
    /// of culture: integers, Guid, DateTimeOffset. Keys that are equal in .NET are one key: a DateTimeOffset is its
    /// moment, whatever its offset; a DateTime is its ticks, and comes back as UTC; 1.0 is 1.00.</summary>
    /// <exception cref="NotSupportedException">The type is neither; give the cache a codec of its own.</exception>
    [UnconditionalSuppressMessage(
        "Trimming",
        "IL2090",
        Justification = "A key whose interface was trimmed away is refused below, with the remedy."
    )]
    public static IKeyCodec<TKey> For<TKey>()
        where TKey : notnull
    {
        if (typeof(TKey) == typeof(string))
        {
            return (IKeyCodec<TKey>)(object)new StringKeyCodec();
        }

        if (Known(typeof(TKey)) is { } known)
        {
            return (IKeyCodec<TKey>)known;
        }

        if (Array.Exists(typeof(TKey).GetInterfaces(), IsParsable) && typeof(IFormattable).IsAssignableFrom(typeof(TKey)))
        {
            return (IKeyCodec<TKey>)Activator.CreateInstance(typeof(ParsableKeyCodec<>).MakeGenericType(typeof(TKey)))!;
        }

        throw new NotSupportedException($"Keys of type {typeof(TKey)} need an IKeyCodec: pass one to the cache's configuration.");

        static bool IsParsable(Type type) =>
            type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IParsable<>) && type.GetGenericArguments()[0] == typeof(TKey);
    }

    // Named, so that a native application has their code.
    private static object? Known(Type type) =>
        type == typeof(int) ? new ParsableKeyCodec<int>()
        : type == typeof(long) ? new ParsableKeyCodec<long>()
        : type == typeof(Guid) ? new ParsableKeyCodec<Guid>()
        : type == typeof(uint) ? new ParsableKeyCodec<uint>()
        : type == typeof(ulong) ? new ParsableKeyCodec<ulong>()
        : type == typeof(short) ? new ParsableKeyCodec<short>()
        : type == typeof(DateTime) ? new ParsableKeyCodec<DateTime>()
        : type == typeof(DateTimeOffset) ? new ParsableKeyCodec<DateTimeOffset>()
        : type == typeof(DateOnly) ? new ParsableKeyCodec<DateOnly>()
        : type == typeof(decimal) ? new ParsableKeyCodec<decimal>()
        : null;

    private static readonly Type[] _exact =
    [
        typeof(sbyte),
        typeof(byte),
        typeof(short),
        typeof(ushort),
        typeof(int),
        typeof(uint),
        typeof(long),
        typeof(ulong),
        typeof(Int128),
        typeof(UInt128),
        typeof(Guid),
    ];

    private sealed class StringKeyCodec : IKeyCodec<string>
    {
        public bool IsExact => true;

        public string Encode(string key) => key;

        public string Decode(string key) => key;
    }

    private sealed class ParsableKeyCodec<TParsable> : IKeyCodec<TParsable>
        where TParsable : IFormattable, IParsable<TParsable>
    {
        // "O" keeps all of a time; numbers and Guids have their own default.
        private static readonly string? _format = typeof(TParsable) == typeof(TimeOnly) ? "O" : null;

        public bool IsExact { get; } = Array.IndexOf(_exact, typeof(TParsable)) >= 0;

        // Type tests that the compiler decides: each type has code of its own.
        public string Encode(TParsable key) =>
            typeof(TParsable) == typeof(DateTime) ? Times.Write((DateTime)(object)key)
            : typeof(TParsable) == typeof(DateTimeOffset) ? Times.Write((DateTimeOffset)(object)key)
            : typeof(TParsable) == typeof(decimal)
                ? ((decimal)(object)key).ToString("0.############################", CultureInfo.InvariantCulture)
            : typeof(TParsable) == typeof(double) && (double)(object)key == 0 ? "0"
            : typeof(TParsable) == typeof(float) && (float)(object)key == 0 ? "0"
            : typeof(TParsable) == typeof(Half) && (Half)(object)key == Half.Zero ? "0"
            : key is null ? throw new InvalidKeyException("The key is null.")
            : key.ToString(_format, CultureInfo.InvariantCulture);

        public TParsable Decode(string key) =>
            typeof(TParsable) == typeof(DateTime) ? (TParsable)(object)Times.Read(key).UtcDateTime
            : typeof(TParsable) == typeof(DateTimeOffset) ? (TParsable)(object)Times.Read(key)
            : Parse(key);

        private static TParsable Parse(string key)
        {
            try
            {
                return TParsable.Parse(key, CultureInfo.InvariantCulture);
            }
            catch (OverflowException exception)
            {
                throw new FormatException(exception.Message, exception);
            }
        }
    }

    /// <summary>Times as keys: in UTC, whatever the machine's time zone is.</summary>
    private static class Times
    {
        public static string Write(DateTimeOffset key) => key.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

        public static string Write(DateTime key) =>
            key.Kind == DateTimeKind.Local
                ? throw new InvalidKeyException(
                    "The key is a DateTime of kind Local, which names another moment on another machine: use UTC, or a DateTimeOffset."
                )
                : DateTime.SpecifyKind(key, DateTimeKind.Utc).ToString("O", CultureInfo.InvariantCulture);

        public static DateTimeOffset Read(string key) =>
            DateTimeOffset.ParseExact(key, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUniversalTime();
    }
}
