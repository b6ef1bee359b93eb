using System.Globalization;

namespace Remanso.Entries;

/// <summary>The key codecs that come with the library.</summary>
public static class KeyCodec
{
    /// <summary>
    /// The codec of strings (as they are), and of any other type that formats and parses itself independently of culture: integers, Guid, DateTimeOffset.
    /// </summary>
    /// <exception cref="NotSupportedException">The type is neither; give the cache a codec of its own.</exception>
    public static IKeyCodec<TKey> For<TKey>()
        where TKey : notnull
    {
        if (typeof(TKey) == typeof(string))
        {
            return (IKeyCodec<TKey>)(object)new StringKeyCodec();
        }

        if (Array.Exists(typeof(TKey).GetInterfaces(), IsParsable) && typeof(IFormattable).IsAssignableFrom(typeof(TKey)))
        {
            return (IKeyCodec<TKey>)Activator.CreateInstance(typeof(ParsableKeyCodec<>).MakeGenericType(typeof(TKey)))!;
        }

        throw new NotSupportedException(
            $"Keys of type {typeof(TKey)} need an IKeyCodec: pass one to the cache's configuration.");

        static bool IsParsable(Type type) =>
            type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IParsable<>) && type.GetGenericArguments()[0] == typeof(TKey);
    }

    private static readonly Type[] _exact =
    [
        typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(Int128), typeof(UInt128), typeof(Guid),
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
        // "O" keeps all of a date; numbers and Guids have their own default.
        private static readonly string? _format =
            typeof(TParsable) == typeof(DateTimeOffset) || typeof(TParsable) == typeof(DateTime) || typeof(TParsable) == typeof(TimeOnly) ? "O" : null;

        public bool IsExact { get; } = Array.IndexOf(_exact, typeof(TParsable)) >= 0;

        public string Encode(TParsable key) => key.ToString(_format, CultureInfo.InvariantCulture);

        public TParsable Decode(string key) => TParsable.Parse(key, CultureInfo.InvariantCulture);
    }
}
