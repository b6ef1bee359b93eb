namespace Remanso.Fuzz.Engine;

/// <summary>Runs a target with ever new inputs; those that took a new way become what further ones are made of.</summary>
internal sealed class Campaign(FuzzTarget target, Coverage coverage, int seed, TimeProvider time)
{
    // Beyond these, more of one cause says nothing new.
    private const int MostFindings = 20;

    private readonly List<byte[]> _queue = [];
    private readonly Dictionary<string, Finding> _findings = new(StringComparer.Ordinal);

    /// <summary>How many inputs were run.</summary>
    public long Executions { get; private set; }

    /// <summary>How many pairs of branches were seen.</summary>
    public int Branches => coverage.Seen;

    /// <summary>What was found, one of each cause, as short as it gets.</summary>
    public IReadOnlyCollection<Finding> Findings => _findings.Values;

    /// <summary>Runs for so long.</summary>
    public void Run(TimeSpan duration, Watchdog watchdog)
    {
        foreach (var input in (byte[][])[.. CorpusFiles.Read(target), []])
        {
            Try(input, watchdog, keeps: true);
        }

        var mutator = new Mutator(target, seed);
        var start = time.GetTimestamp();
        while (_findings.Count < MostFindings && time.GetElapsedTime(start) < duration)
        {
            Try(mutator.Next(_queue), watchdog, keeps: false);
        }

        watchdog.Watch(null);
    }

    /// <summary>The shortest inputs that together take every way that was taken: what is worth keeping of a campaign.</summary>
    public IEnumerable<byte[]> Distill()
    {
        HashSet<(int, byte)> covered = [];
        foreach (var input in _queue.OrderBy(static input => input.Length))
        {
            coverage.Clear();
            Execution.Run(target, input);
            var path = coverage.Path();
            if (!path.IsSubsetOf(covered))
            {
                covered.UnionWith(path);
                yield return input;
            }
        }
    }

    private void Try(byte[] input, Watchdog watchdog, bool keeps)
    {
        watchdog.Watch(input);
        coverage.Clear();
        var finding = Execution.Run(target, input);
        Executions++;
        if (coverage.HasNew() || keeps)
        {
            _queue.Add(input);
        }

        if (finding is not null && !_findings.ContainsKey(finding.Cause))
        {
            var shortest = Minimizer.Shorten(input, shorter => Execution.Run(target, shorter)?.Cause == finding.Cause);
            _findings.Add(finding.Cause, Execution.Run(target, shortest) ?? finding);
        }
    }
}
