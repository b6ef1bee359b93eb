namespace Remanso.Sql;

/// <summary>When a pool of connections is emptied because their server takes no writes: the address may lead to another
/// one by now. An application uses its own pool for much else, so that one is emptied once a minute at most.</summary>
/// <param name="isOurs">Whether nobody else uses the pool.</param>
/// <param name="time">The clock of the minute.</param>
internal sealed class PoolReset(bool isOurs, TimeProvider time)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long? _last;

    /// <summary>Whether it is to be emptied now.</summary>
    public bool TryBegin()
    {
        if (isOurs)
        {
            return true;
        }

        lock (_gate)
        {
            if (_last is { } last && time.GetElapsedTime(last) < _pause)
            {
                return false;
            }

            _last = time.GetTimestamp();
            return true;
        }
    }
}
