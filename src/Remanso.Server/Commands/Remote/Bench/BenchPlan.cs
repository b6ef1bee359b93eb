namespace Remanso.Server.Commands.Remote.Bench;

/// <summary>What a benchmark does.</summary>
/// <param name="Prefix">How its keys begin.</param>
/// <param name="Connections">How many calls are under way at a time.</param>
/// <param name="Duration">How long.</param>
/// <param name="Keys">How many keys.</param>
/// <param name="ValueBytes">How long a value is.</param>
/// <param name="ReadPart">Which part of the calls reads.</param>
internal sealed record BenchPlan(string Prefix, int Connections, TimeSpan Duration, int Keys, int ValueBytes, double ReadPart)
{
    public string KeyOf(int number) => FormattableString.Invariant($"{Prefix}{number}");
}
