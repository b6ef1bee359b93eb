using System.Text;
using System.Threading.Channels;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Writes down what it is told, to be awaited.</summary>
internal sealed class RecordingSubscriber : IRedisSubscriber
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private readonly Channel<string> _told = Channel.CreateUnbounded<string>();

    /// <summary>Runs before a message is written down.</summary>
    public Action OnEach { get; set; } = static () => { };

    public void OnMessage(in RedisMessage message)
    {
        OnEach();
        _told.Writer.TryWrite($"{message.Channel}={Encoding.UTF8.GetString(message.Payload)}");
    }

    public void OnLost(Exception reason) => _told.Writer.TryWrite("lost");

    public void OnRefused(RedisChannel channel, Exception reason) => _told.Writer.TryWrite($"{channel.Name} refused");

    public void OnRestored() => _told.Writer.TryWrite("restored");

    /// <summary>What it was told next.</summary>
    public async Task<string> NextAsync() => await _told.Reader.ReadAsync().AsTask().WaitAsync(_patience);

    /// <summary>Skips what it was told before this.</summary>
    public async Task UntilAsync(string told)
    {
        while (await NextAsync() != told) { }
    }
}
