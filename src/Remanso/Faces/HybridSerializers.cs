using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Entries;
using Remanso.Telemetry;

namespace Remanso.Faces;

// JSON takes its options from the services, keyed by the serializer's type, as the platform's own implementation does;
// without any, fields count too, for a tuple has nothing else.

/// <summary>The serializers of the hybrid face: one registered for the type, else of the factory registered last that
/// has one, else the one built in (strings as UTF-8, byte arrays as they are, JSON).</summary>
internal sealed class HybridSerializers(IServiceProvider services, string cache, ILogger logger)
{
    private const string Remedy = "Or register an IHybridCacheSerializer<T> of its own.";

    private static readonly JsonSerializerOptions _json = new() { IncludeFields = true };

    private readonly ConcurrentDictionary<Type, object> _known = new();
    private readonly IHybridCacheSerializerFactory[] _factories = [.. services.GetServices<IHybridCacheSerializerFactory>().Reverse()];

    /// <summary>The serializer of a type.</summary>
    public IHybridCacheSerializer<T> Of<T>() =>
        _known.TryGetValue(typeof(T), out var known)
            ? (IHybridCacheSerializer<T>)known
            : (IHybridCacheSerializer<T>)_known.GetOrAdd(typeof(T), Find<T>());

    private IHybridCacheSerializer<T> Find<T>()
    {
        if (services.GetService<IHybridCacheSerializer<T>>() is { } own)
        {
            return own;
        }

        foreach (var factory in _factories)
        {
            if (factory.TryCreateSerializer<T>(out var made))
            {
                return made;
            }
        }

        return typeof(T) == typeof(string) ? (IHybridCacheSerializer<T>)(object)new Text(cache, logger)
            : typeof(T) == typeof(byte[]) ? (IHybridCacheSerializer<T>)(object)new Bytes()
            : MakeJson<T>();
    }

    // Told and not refused, unlike a typed cache's: which types come is known at their first call only, and the
    // platform's own implementation takes them.
    private Json<T> MakeJson<T>()
    {
        var json = JsonOptions(typeof(IHybridCacheSerializer<T>)) ?? JsonOptions(typeof(IHybridCacheSerializer<>)) ?? _json;
        var problem = JsonRoundTrip.Problem(typeof(T), json, Remedy);
        if (problem is not null)
        {
            logger.HybridNotKept(cache, problem);
        }

        return new Json<T>(json, problem is null ? lost => logger.HybridNotKept(cache, $"{lost} {Remedy}") : null);
    }

    private JsonSerializerOptions? JsonOptions(Type key) =>
        services is IKeyedServiceProvider keyed ? keyed.GetKeyedService<JsonSerializerOptions>(key) : null;

    private sealed class Text(string cache, ILogger logger) : IHybridCacheSerializer<string>, IHybridCheck<string>
    {
        private bool _isTold;

        public void Check(string value, ReadOnlyMemory<byte> written)
        {
            if (!_isTold && !UnicodeText.IsWhole(value))
            {
                _isTold = true;
                logger.HybridNotKept(cache, $"A text is not valid Unicode: it has a lone surrogate. {Remedy}");
            }
        }

        public string Deserialize(ReadOnlySequence<byte> source) => Encoding.UTF8.GetString(source);

        public void Serialize(string value, IBufferWriter<byte> target) => Encoding.UTF8.GetBytes(value, target);
    }

    private sealed class Bytes : IHybridCacheSerializer<byte[]>
    {
        public byte[] Deserialize(ReadOnlySequence<byte> source) => source.ToArray();

        public void Serialize(byte[] value, IBufferWriter<byte> target) => target.Write(value);
    }

    private sealed class Json<T>(JsonSerializerOptions options, Action<string>? tell) : IHybridCacheSerializer<T>, IHybridCheck<T>
    {
        private readonly JsonValueCheck<T> _check = new(options);
        private Action<string>? _tell = tell;
        private JsonTypeInfo<T>? _info;

        private JsonTypeInfo<T> Info => _info ??= JsonTypes.Of<T>(options);

        public void Check(T value, ReadOnlyMemory<byte> written)
        {
            if (_tell is not null && _check.Problem(value, Info, written) is { } problem)
            {
                Interlocked.Exchange(ref _tell, null)?.Invoke(problem);
            }
        }

        public T Deserialize(ReadOnlySequence<byte> source)
        {
            var reader = new Utf8JsonReader(source);
            return JsonSerializer.Deserialize(ref reader, Info)!;
        }

        public void Serialize(T value, IBufferWriter<byte> target)
        {
            using var writer = new Utf8JsonWriter(target);
            JsonSerializer.Serialize(writer, value, Info);
        }
    }
}
