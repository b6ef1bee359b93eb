using System.Threading.Channels;

namespace Remanso.Stores.Tests;

/// <summary>Writes down what it hears, a line each, in order.</summary>
internal sealed class RecordingChanges : IStoreChangeObserver
{
    private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();

    public ValueTask OnListeningAsync(bool again)
    {
        _heard.Writer.TryWrite(again ? "listening again" : "listening");
        return ValueTask.CompletedTask;
    }

    public ValueTask OnChangedAsync(string cache, IReadOnlyList<string> keys)
    {
        foreach (var key in keys)
        {
            _heard.Writer.TryWrite($"{cache} {key}");
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask OnAllChangedAsync(string? cache)
    {
        _heard.Writer.TryWrite($"{cache ?? "every cache"}: all");
        return ValueTask.CompletedTask;
    }

    /// <summary>Hears the next line.</summary>
    public async Task<string> NextAsync() =>
        await _heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);

    /// <summary>Hears everything up to a line, that one among it.</summary>
    public async Task<List<string>> UntilAsync(string line)
    {
        List<string> heard = [];
        while (heard.LastOrDefault() != line)
        {
            heard.Add(await NextAsync());
        }

        return heard;
    }
}
