using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Preferences;

/// <summary>Counts the queries that Entity Framework sends.</summary>
internal sealed class CommandCount : DbCommandInterceptor
{
    private int _queries;

    public int Queries => Volatile.Read(ref _queries);

    public override ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command,
        CommandExecutedEventData eventData,
        DbDataReader result,
        CancellationToken cancellationToken = default
    )
    {
        Interlocked.Increment(ref _queries);
        return base.ReaderExecutedAsync(command, eventData, result, cancellationToken);
    }
}
