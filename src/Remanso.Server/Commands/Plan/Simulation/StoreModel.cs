namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>How fast the database is.</summary>
/// <param name="Query">How long a query takes of which the trace does not tell it.</param>
/// <param name="Commit">How long a batch of one row takes.</param>
/// <param name="Batch">How long a full batch takes; those between, in proportion to their rows.</param>
/// <param name="RowsPerSecond">The rows that it stores in a second at most, from all workers together; 0: no such limit.</param>
internal sealed record StoreModel(TimeSpan Query, TimeSpan Commit, TimeSpan Batch, double RowsPerSecond)
{
    /// <summary>As a database on the same network: 2 ms for a query or a small commit, 20 ms for a full batch.</summary>
    public static StoreModel Usual { get; } =
        new(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(20), 0);

    /// <summary>How long a batch takes by itself.</summary>
    public long BatchMicros(int rows, int fullBatch)
    {
        var (least, most) = (Commit.TotalMicroseconds, Batch.TotalMicroseconds);
        return (long)(least + (Math.Max(0, most - least) * (rows - 1) / Math.Max(1, fullBatch - 1)));
    }
}
