using System.Runtime.CompilerServices;
using Remanso.Redis.Resp.Connections;

namespace Remanso.Redis.Resp.Sentinels;

// Who is in another region answers after those that are near, every time: by its answer of before it has its vote in time.

/// <summary>What each sentinel said last, over the connection that it has now.</summary>
internal sealed class SentinelMemory
{
    private readonly ConditionalWeakTable<RespConnection, Said> _said = [];
    private readonly Lock _gate = new();

    /// <summary>What was said over a connection; null for nothing yet.</summary>
    public SentinelAnswer? Of(RespConnection connection) => _said.TryGetValue(connection, out var said) ? said.Answer : null;

    /// <summary>Keeps an answer, unless a later question was answered before.</summary>
    /// <returns>Whether it is another one than before.</returns>
    public bool Keep(RespConnection connection, SentinelQuestion question, SentinelAnswer answer)
    {
        lock (_gate)
        {
            _said.TryGetValue(connection, out var before);
            if (before?.Question > question.Number)
            {
                return false;
            }
            _said.AddOrUpdate(connection, new(question.Number, answer));
            return before?.Answer != answer;
        }
    }

    private sealed record Said(long Question, SentinelAnswer Answer);
}
