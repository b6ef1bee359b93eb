namespace Remanso.Postgres;

/// <summary>What was notified and is not told yet. It comes from whatever thread reads the connection: that of a wait, or
/// while nobody waits that of Npgsql's keep-alive.</summary>
internal sealed class HeardNotices
{
    private readonly Lock _gate = new();
    private List<string> _payloads = [];

    /// <summary>One was notified.</summary>
    public void Add(string payload)
    {
        lock (_gate)
        {
            _payloads.Add(payload);
        }
    }

    /// <summary>Takes them all; none where nothing was notified since.</summary>
    public List<string> TakeAll()
    {
        lock (_gate)
        {
            if (_payloads.Count == 0)
            {
                return [];
            }

            var taken = _payloads;
            _payloads = [];
            return taken;
        }
    }
}
