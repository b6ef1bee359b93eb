using System.Data.Common;

namespace Remanso.Sql.Inspection;

/// <summary>Measures a few round trips of the least statement there is.</summary>
internal static class RoundTrips
{
    private const int Trips = 5;

    /// <returns>The shortest of them.</returns>
    public static async Task<TimeSpan> MeasureAsync(DbConnection connection, TimeProvider time, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using var _ = command.ConfigureAwait(false);
        command.CommandText = "SELECT 1";
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < Trips; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var sent = time.GetTimestamp();
            await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
            var trip = time.GetElapsedTime(sent);
            shortest = trip < shortest ? trip : shortest;
        }

        return shortest;
    }
}
