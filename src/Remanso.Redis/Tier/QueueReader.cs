using Remanso.Redis.Resp;

namespace Remanso.Redis.Tier;

/// <summary>Reads the oldest markers of queues, in as many replies as it takes.</summary>
internal sealed class QueueReader(ReplyBounds bounds)
{
    private static readonly ReplyParser<List<QueuedMarker>> _markersParser = static (ref reply) =>
    {
        var count = reply.ReadArrayHeader();
        var markers = new List<QueuedMarker>(count);
        for (; count > 0; count--)
        {
            reply.ReadArrayHeader();
            var id = MarkerId.Read(reply.ReadBytes());
            var fields = reply.ReadArrayHeader();
            reply.Skip();
            var key = reply.ReadString()!;
            string? trace = null;
            if (fields > 2)
            {
                reply.Skip();
                trace = reply.ReadString();
            }

            markers.Add(new QueuedMarker(id, key, trace));
        }

        return markers;
    };

    /// <summary>Reads the oldest markers. The first command is on its way when this returns.</summary>
    public async ValueTask<List<QueuedMarker>> ReadAsync(
        IRedisClient client,
        PartitionKeys partition,
        int count,
        CancellationToken cancellationToken
    )
    {
        var markers = await SendAsync(client, partition, "-", count, cancellationToken).ConfigureAwait(false);
        for (var part = markers; part.Count == bounds.Markers && markers.Count < count; markers.AddRange(part))
        {
            part = await SendAsync(client, partition, MarkerId.After(markers[^1].Id), count - markers.Count, cancellationToken)
                .ConfigureAwait(false);
        }

        return markers;
    }

    private ValueTask<List<QueuedMarker>> SendAsync(
        IRedisClient client,
        PartitionKeys partition,
        string from,
        int count,
        CancellationToken cancellationToken
    ) =>
        client.ExecuteAsync(
            RedisRoute.FirstKey,
            _markersParser,
            cancellationToken,
            "XRANGE",
            partition.Queue,
            from,
            "+",
            "COUNT",
            Math.Min(count, bounds.Markers)
        );
}
