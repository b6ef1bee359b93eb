using Remanso.Scale.Costs;

namespace Remanso.Scale.Model;

/// <summary>One process's writes of one partition, as the product's lane has them: at most one call is on its way, and what
/// comes meanwhile leaves with the next.</summary>
internal sealed class WriteLaneModel(ProcessModel process, PartitionModel partition, bool isOneKey)
{
    // As WriteLane has it.
    private const int MostWrites = 128;

    // A write's share of a call on the wire, with a value of 64 bytes, and the call's own.
    private const int BytesOfWrite = 170;
    private const int BytesOfCall = 330;

    // Callers are woken on the pool, so not all by one core.
    private const int WokenTogether = 8;

    private readonly Queue<Action> _waiting = new();
    private bool _isSending;

    public void Write(Action done)
    {
        _waiting.Enqueue(done);
        if (!_isSending)
        {
            Send();
        }
    }

    private MeasuredCosts Costs => process.Costs;

    private void Send()
    {
        _isSending = true;

        // Writes of one key are merged before they come here: however many they are, Redis has one.
        var count = isOneKey ? _waiting.Count : Math.Min(MostWrites, _waiting.Count);
        var batch = new Action[count];
        for (var i = 0; i < count; i++)
        {
            batch[i] = _waiting.Dequeue();
        }

        var sent = isOneKey ? 1 : count;
        process.NoteCall(count);
        process.Station.Run((Costs.ProcessCall + (Costs.ProcessWrite * sent)) / 2, () =>
            partition.Master.Send(
                new Call(process.Index, BytesOfCall + (BytesOfWrite * sent), IsRead: false, () => SecondsOf(sent), () => Receive(batch))
            )
        );
    }

    private double SecondsOf(int count)
    {
        var seconds = Costs.RedisCall + (Costs.RedisWrite * count);
        for (var i = 0; i < count; i++)
        {
            seconds += partition.Write(process.Random) ? Costs.RedisMarker : 0;
        }

        return seconds;
    }

    private void Receive(Action[] batch) => process.Station.Run(Costs.ProcessCall / 2, () =>
        {
            _isSending = false;
            if (_waiting.Count > 0)
            {
                Send();
            }

            foreach (var woken in batch.Chunk(WokenTogether))
            {
                process.Station.Run(Costs.ProcessWrite / 2 * woken.Length, () => Array.ForEach(woken, static done => done()));
            }
        });
}
