namespace Remanso.Scale.Model;

/// <summary>Something that Redis does as one.</summary>
/// <param name="Connection">Whose it is.</param>
/// <param name="Bytes">How long it is on the wire.</param>
/// <param name="IsRead">Whether it only reads: what it costs then has its share of a look in it.</param>
/// <param name="Seconds">What it costs, told when its turn comes.</param>
/// <param name="Replied">Runs when the reply is at the process, in the order of the calls.</param>
internal sealed record Call(int Connection, int Bytes, bool IsRead, Func<double> Seconds, Action Replied);
