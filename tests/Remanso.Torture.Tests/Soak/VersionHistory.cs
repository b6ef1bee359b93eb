using Npgsql;
using Remanso.Torture.Tests.Deployments;

namespace Remanso.Torture.Tests.Soak;

/// <summary>Looks through the versions that rows have had, and forgets what was looked at: of hours there is no room for all.</summary>
internal sealed class VersionHistory(params IReadOnlyList<Database> databases)
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(20);

    private long _versions;

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await Task.Delay(_every, TimeProvider.System, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var database in databases)
            {
                try
                {
                    _versions += await database.ForgetVersionsAsync();
                }
                catch (NpgsqlException)
                {
                    // Down on purpose; the next look finds more.
                }
            }
        }
    }

    /// <summary>Looks at what is left.</summary>
    /// <returns>How many versions there were in all.</returns>
    public async Task<long> EndAsync()
    {
        foreach (var database in databases)
        {
            _versions += await database.ForgetVersionsAsync() + await database.CountVersionsAsync();
        }

        return _versions;
    }
}
