namespace Remanso.Hosting;

/// <summary>What the builder settled for the whole process.</summary>
internal sealed class RemansoSettings
{
    /// <summary>Whether this process flushes.</summary>
    public bool Flushes { get; set; } = true;

    /// <summary>Whether it was said that there is no default store.</summary>
    public bool WithoutStore { get; set; }
}
