using System.Diagnostics.CodeAnalysis;
using Remanso.Common;

namespace Remanso.Hosting;

/// <summary>One setting of a cache as it is in force, for people.</summary>
/// <param name="Name">Its name below the cache's section, such as <c>Ttl:Base</c>.</param>
/// <param name="Value">Its value in the form in which it could be set; empty where it has none.</param>
/// <param name="Default">What it would be unless set.</param>
internal sealed record CacheSetting(string Name, string Value, string Default)
{
    /// <summary>Whether it is what it would be unless set.</summary>
    public bool IsDefault => string.Equals(Value, Default, StringComparison.Ordinal);

    /// <summary>All settings of a cache, sorted by name.</summary>
    /// <param name="options">Its options (<see cref="ICacheRegistry.GetOptions"/>).</param>
    public static IReadOnlyList<CacheSetting> Of(CacheOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var unlessSet = new CacheOptions();
        return [.. CacheSettings.Names.Select(name => new CacheSetting(name, Text(options, name), Text(unlessSet, name)))];
    }

    // The name of a setting is the path to its property: that is how they are named.
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(CacheOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(TtlOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(LoadOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(FlushOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(PurgeOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(TierOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(NearOptions))]
    [UnconditionalSuppressMessage(
        "Trimming",
        "IL2075",
        Justification = "The properties of all classes of options are kept by the lines above."
    )]
    private static string Text(object options, string name)
    {
        object? value = options;
        foreach (var part in name.Split(':'))
        {
            value = value!.GetType().GetProperty(part)!.GetValue(value);
        }

        return value switch
        {
            TimeSpan duration => DurationText.Format(duration),
            bool truth => truth ? "true" : "false",
            IFormattable formattable => formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => value?.ToString() ?? string.Empty,
        };
    }
}
