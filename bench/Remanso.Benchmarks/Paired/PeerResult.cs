namespace Remanso.Benchmarks.Paired;

/// <summary>All rounds of the same calls by two clients: rate, processor time and memory, a row each.</summary>
/// <param name="name">What was done.</param>
internal sealed class PeerResult(string name)
{
    private readonly PairResult _rate = new($"{name}", "/s");
    private readonly PairResult _cpu = new($"{name}: processor time of a million", "s");
    private readonly PairResult _bytes = new($"{name}: allocated by one", "B");

    public static string TableHead =>
        """
            | | Remanso | StackExchange.Redis | ratio | of all rounds |
            |---|---:|---:|---:|---:|
            """;

    public void Add(CallCost ours, CallCost peer)
    {
        _rate.Add(new Sample(ours.PerSecond), new Sample(peer.PerSecond));
        _cpu.Add(new Sample(ours.CpuSeconds), new Sample(peer.CpuSeconds));
        _bytes.Add(new Sample(ours.Bytes), new Sample(peer.Bytes));
    }

    public override string ToString() => $"{_rate}\n{_cpu}\n{_bytes}";
}
