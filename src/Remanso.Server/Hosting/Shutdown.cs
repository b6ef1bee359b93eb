using System.Globalization;
using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

/// <summary>Starts, and waits for the stop; says afterwards what did not reach the store, and makes it the process's exit code.</summary>
internal static class Shutdown
{
    /// <summary>The exit code of a process that left something behind, or could not end well.</summary>
    public const int ExitCode = 2;

    /// <summary>Starts the host.</summary>
    /// <returns>False where it was told to stop before that was done; nothing was accepted then.</returns>
    public static async Task<bool> TryStartAsync(IHost host, IHostApplicationLifetime lifetime)
    {
        try
        {
            await host.StartAsync();
            return true;
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <returns>0 where everything is stored, or is left to workers by design.</returns>
    public static async Task<int> WaitAsync(IHost host, TextWriter errors, ServerSettings settings, ICacheRegistry registry)
    {
        try
        {
            await host.WaitForShutdownAsync();
        }
        catch (Exception exception)
        {
            errors.WriteLine("remanso: the stop failed: " + exception.Message);
            return ExitCode;
        }

        // What a shared tier holds outlives this process, and is its workers' to flush.
        return settings.HasSharedTier ? 0 : await ReportAsync(errors, registry);
    }

    private static async Task<int> ReportAsync(TextWriter errors, ICacheRegistry registry)
    {
        var code = 0;
        foreach (var (name, statistics) in await registry.GetStatisticsAsync())
        {
            var dirty = statistics.Dirty;
            if (dirty.Entries > 0)
            {
                errors.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"remanso: stopped with {dirty.Entries} entries ({dirty.Bytes} bytes) of cache {name} not stored in "
                            + $"{registry.StoreDescription}"
                    )
                );
                code = ExitCode;
            }

            if (dirty.DeadLetters > 0)
            {
                errors.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"remanso: stopped with {dirty.DeadLetters} dead letters of cache {name}, which {registry.StoreDescription} refused"
                    )
                );
                code = ExitCode;
            }
        }

        return code;
    }
}
