namespace Remanso.Server.Metrics;

/// <summary>One series: a set of tags, and the value or distribution that belongs to it.</summary>
internal sealed class Series
{
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly string _labels;
    private readonly double[] _bounds;
    private readonly long[] _buckets;
    private double _value;
    private volatile bool _reported;

    public Series(KeyValuePair<string, object?>[] tags, double[] bounds)
    {
        _tags = tags;
        _labels = PrometheusText.Labels(tags);
        Hash = HashOf(tags);
        _bounds = bounds;
        _buckets = new long[bounds.Length + 1];
    }

    /// <summary>The hash of its tags.</summary>
    public int Hash { get; }

    /// <summary>Whether there is something to write.</summary>
    public bool IsReported => _reported;

    /// <summary>The hash of tags: those of a family differ in their values.</summary>
    public static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = 0;
        foreach (var tag in tags)
        {
            hash = HashCode.Combine(hash, tag.Value);
        }

        return hash;
    }

    public bool Matches(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length != _tags.Length)
        {
            return false;
        }

        for (var i = 0; i < tags.Length; i++)
        {
            if (tags[i].Key != _tags[i].Key || !Equals(tags[i].Value, _tags[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    public void Add(double value)
    {
        double before,
            seen = Volatile.Read(ref _value);
        do
        {
            before = seen;
            seen = Interlocked.CompareExchange(ref _value, before + value, before);
        } while (!seen.Equals(before));
        _reported = true;
    }

    public void Set(double value)
    {
        Volatile.Write(ref _value, value);
        _reported = true;
    }

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && value > _bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }

    public void Clear() => _reported = false;

    public void WriteTo(PrometheusText text, string name)
    {
        if (_bounds.Length == 0)
        {
            text.Sample(name, string.Empty, _labels, Volatile.Read(ref _value));
            return;
        }

        // The count is the sum of the buckets as they are read here, so that it always equals the last bucket.
        long count = 0;
        for (var i = 0; i < _buckets.Length; i++)
        {
            count += Interlocked.Read(ref _buckets[i]);
            text.Bucket(name, _labels, i < _bounds.Length ? _bounds[i] : double.PositiveInfinity, count);
        }

        text.Sample(name, "_sum", _labels, Volatile.Read(ref _value));
        text.Sample(name, "_count", _labels, count);
    }
}
