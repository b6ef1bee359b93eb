namespace Remanso.AspNetCore;

/// <summary>What the HTTP API serves, and what its callers may make the process hold.</summary>
public sealed class RemansoApiOptions
{
    /// <summary>Whether caches are read and written; without it there are statistics and health alone. True unless set.</summary>
    public bool ServesCaches { get; set; } = true;

    /// <summary>How many bytes of bodies, values and answers are held at a time; more are 503. At least four times the
    /// largest <see cref="CacheOptions.MaxValueBytes"/>; unless set 256 MiB, or as much as that.</summary>
    public long? MaxBytesInFlight { get; set; }

    /// <summary>How long a body or an answer may take, beside a second for each MiB. 1 s to 1 h; 30 s unless set.</summary>
    public TimeSpan TransferTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether readers may have loaded again what the cache would serve: whether <c>no-cache</c>,
    /// <c>max-age</c>, <c>min-fresh</c> and <c>no-store</c> of a request's <c>Cache-Control</c> count. Browsers and other
    /// clients send the first two by themselves. True unless set.</summary>
    public bool ReadersMayReload { get; set; } = true;

    /// <exception cref="CacheConfigurationException">An option is out of its range.</exception>
    internal void Validate()
    {
        if (TransferTimeout < TimeSpan.FromSeconds(1) || TransferTimeout > TimeSpan.FromHours(1))
        {
            throw new CacheConfigurationException($"{nameof(TransferTimeout)} must be 1 s to 1 h, but is {TransferTimeout}.");
        }
    }
}
