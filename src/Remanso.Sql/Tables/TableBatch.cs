namespace Remanso.Sql.Tables;

/// <summary>A batch as a dialect saves it: distinct keys, in the order in which their rows are to be locked.</summary>
/// <param name="Writes">The writes of values.</param>
/// <param name="Deletes">The deletes.</param>
/// <param name="Now">The time to note in changed rows, microseconds since 1970.</param>
/// <param name="HasTime">Whether the flush is in time: others may have the processor in between.</param>
internal sealed record TableBatch(IReadOnlyList<TableWrite> Writes, IReadOnlyList<TableWrite> Deletes, long Now, bool HasTime);
