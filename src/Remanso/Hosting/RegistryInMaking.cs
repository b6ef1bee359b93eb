namespace Remanso.Hosting;

/// <summary>Caches that this thread is putting together. Whatever asks for one of them meanwhile would put them together
/// once more, without end: the container gives the same thread no answer but another try.</summary>
internal sealed class RegistryInMaking : IDisposable
{
    [ThreadStatic]
    private static RegistryInMaking? _current;

    private readonly RemansoSettings _settings;
    private readonly RegistryInMaking? _outer = _current;

    /// <summary>Begins.</summary>
    /// <param name="settings">Whose caches they are: an application in a test may be made within another one.</param>
    /// <exception cref="CacheConfigurationException">It was begun before.</exception>
    public RegistryInMaking(RemansoSettings settings)
    {
        for (var known = _current; known is not null; known = known._outer)
        {
            if (known._settings == settings)
            {
                throw new CacheConfigurationException(
                    $"A cache is asked for while the caches are put together, by what makes {known.What}: let that take "
                        + "IServiceProvider, and ask for the cache when it is used"
                );
            }
        }

        _settings = settings;
        _current = this;
    }

    /// <summary>What is made now.</summary>
    public string What { get; set; } = "the tier, the default store or the log";

    /// <summary>Ends.</summary>
    public void Dispose() => _current = _outer;
}
