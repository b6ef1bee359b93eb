using Microsoft.Extensions.Hosting;

namespace Remanso.AspNetCore;

/// <summary>What the dashboard shows, and to how many at once.</summary>
public sealed class RemansoDashboardOptions
{
    /// <summary>Whether values are shown to those who may read them; null unless set: in the environment Development alone.</summary>
    public bool? ShowsValues { get; set; }

    /// <summary>Makes of a value what may be shown of it; null unless set: all of it. It runs for every value before
    /// it leaves the process, and returns what to show instead (<c>value with { Bytes = … }</c>); null shows nothing of
    /// it.</summary>
    /// <example><c>options.Redact = value => value.Cache == "patients" ? null : value;</c></example>
    public Func<RemansoShownValue, RemansoShownValue?>? Redact { get; set; }

    /// <summary>How many pages may be open at once; a further one is 503. 1 to 1000; 32 unless set.</summary>
    public int MaxViewers { get; set; } = 32;

    /// <summary>How long a sign-in by key lasts; 1 minute to 7 days; 8 hours unless set. The key's own end and its
    /// removal end it earlier.</summary>
    public TimeSpan SignInLasts { get; set; } = TimeSpan.FromHours(8);

    /// <summary>Answers those at the page's address who do not ask for a page (no <c>text/html</c> in <c>Accept</c>);
    /// null unless set: they get the page.</summary>
    public RequestDelegate? Otherwise { get; set; }

    /// <summary>Whether values are shown in an environment.</summary>
    internal bool Shows(IHostEnvironment? environment) => ShowsValues ?? environment?.IsDevelopment() == true;

    /// <exception cref="CacheConfigurationException">An option is out of its range.</exception>
    internal void Validate()
    {
        if (MaxViewers is < 1 or > 1000)
        {
            throw new CacheConfigurationException($"{nameof(MaxViewers)} of the dashboard must be 1 to 1000, but is {MaxViewers}.");
        }

        if (SignInLasts < TimeSpan.FromMinutes(1) || SignInLasts > TimeSpan.FromDays(7))
        {
            throw new CacheConfigurationException(
                $"{nameof(SignInLasts)} of the dashboard must be 1 minute to 7 days, but is {SignInLasts}."
            );
        }
    }
}
