using Microsoft.Extensions.DependencyInjection;

namespace Remanso.Conformance.Faces;

/// <summary>How the suites of the faces reach a tier: each process that they start has the tier's connections of its own.</summary>
public abstract class FaceHarness : IAsyncDisposable
{
    private readonly List<FaceProcess> _processes = [];

    /// <summary>A name that no other test's cache has.</summary>
    public abstract string CacheName { get; }

    /// <summary>Whether the tier is another process, which several applications share.</summary>
    public abstract bool IsRemote { get; }

    /// <summary>Whether a host starts the applications; without one, their first use does.</summary>
    public virtual bool IsHosted => true;

    /// <summary>What the clock of the tier and of the application says.</summary>
    public abstract TimeProvider Time { get; }

    /// <summary>Starts an application with Remanso in it.</summary>
    public async Task<FaceProcess> StartAsync(Action<RemansoBuilder> declare, Action<IServiceCollection>? register = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton(Time);
        register?.Invoke(services);
        var builder = services.AddRemanso();
        UseTier(builder);
        declare(builder);
        var process = await FaceProcess.StartAsync(services, IsHosted);
        _processes.Add(process);
        return process;
    }

    /// <summary>Lets at least this much time pass. The suites ask for a few seconds at most, so that a server whose
    /// clock can't be moved may be waited for.</summary>
    public abstract Task PassAsync(TimeSpan by);

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    /// <summary>Chooses the tier.</summary>
    protected abstract void UseTier(RemansoBuilder builder);
}
