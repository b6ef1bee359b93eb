using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Remanso.Telemetry;

namespace Remanso.Faces;

/// <summary>One caller's factory, and what it brought.</summary>
internal sealed class HybridLoad<TState, T>(
    HybridValues values,
    string cache,
    int mostBytes,
    TState state,
    Func<TState, CancellationToken, ValueTask<T>> factory,
    ILogger logger
)
{
    private HybridPayload? _payload;
    private T? _value;

    /// <summary>Runs the factory for this caller and all who joined.</summary>
    public async ValueTask<HybridPayload?> RunAsync(LoadContext<string, HybridPayload> context, CancellationToken cancellationToken)
    {
        var value = await factory(state, cancellationToken).ConfigureAwait(false);
        var payload = values.Write(value);
        if (payload.Content.Length > mostBytes)
        {
            logger.HybridTooLarge(cache, context.Key, payload.Content.Length, mostBytes);
            context.DoNotCache();
        }

        _value = value;
        _payload = payload;
        return payload;
    }

    /// <summary>The very object that this caller's factory made, if it is what was read: nobody else has it, for the
    /// others get theirs from the bytes.</summary>
    public bool TryTake(HybridPayload read, [MaybeNullWhen(false)] out T value)
    {
        if (ReferenceEquals(read, _payload))
        {
            value = _value!;
            _payload = null;
            return true;
        }

        value = default;
        return false;
    }
}
