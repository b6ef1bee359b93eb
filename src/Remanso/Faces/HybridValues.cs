using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Remanso.Telemetry;

namespace Remanso.Faces;

/// <summary>Turns values of any type into payloads and back.</summary>
internal sealed class HybridValues(string cache, HybridSerializers serializers, ILogger logger)
{
    private const int LargestScratch = 64 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    /// <summary>The payload of a value; a value that callers may share goes with it.</summary>
    public HybridPayload Write<T>(T value)
    {
        if (value is null)
        {
            var nothing = new byte[HybridPayload.HeadBytes];
            HybridPayload.WriteHead(nothing, HybridType<T>.Mark, isNull: true);
            return new HybridPayload(nothing);
        }

        // Taken while it is in use: a serializer may itself call the cache.
        var scratch = _scratch ?? new ArrayBufferWriter<byte>(1024);
        _scratch = null;
        HybridPayload.WriteHead(scratch.GetSpan(HybridPayload.HeadBytes), HybridType<T>.Mark, isNull: false);
        scratch.Advance(HybridPayload.HeadBytes);
        var serializer = serializers.Of<T>();
        serializer.Serialize(value, scratch);
        var payload = new HybridPayload(scratch.WrittenSpan.ToArray());
        (serializer as IHybridCheck<T>)?.Check(value, payload.Content);
        if (scratch.Capacity <= LargestScratch)
        {
            scratch.ResetWrittenCount();
            _scratch = scratch;
        }

        if (HybridType<T>.IsShared)
        {
            payload.Share(value);
        }

        return payload;
    }

    /// <summary>The value of a payload: the one instance where callers may share it, else a new one.</summary>
    /// <returns>False where it was written as another type, or can't be read.</returns>
    public bool TryRead<T>(HybridPayload payload, [MaybeNullWhen(false)] out T value)
    {
        if (HybridType<T>.IsShared && payload.Shared is T shared)
        {
            value = shared;
            return true;
        }

        return TryReadAnew(payload, out value);
    }

    private bool TryReadAnew<T>(HybridPayload payload, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (!payload.Is(HybridType<T>.Mark))
        {
            logger.HybridOfAnotherType(cache, typeof(T));
            return false;
        }

        if (payload.IsNull)
        {
            value = default!;
            return true;
        }

        try
        {
            value = serializers.Of<T>().Deserialize(new ReadOnlySequence<byte>(payload.Content));
        }
        catch (Exception exception)
        {
            // Whatever a serializer throws: the bytes are of no use to this version of the application.
            logger.HybridUnreadable(cache, typeof(T), exception.Message);
            return false;
        }

        if (HybridType<T>.IsShared && value is not null)
        {
            value = (T)payload.Share(value);
        }

        return true;
    }
}
