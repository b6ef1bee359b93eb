using System.Globalization;

namespace Remanso.Server.Configuration;

// https://opentelemetry.io/docs/specs/otel/protocol/exporter/

/// <summary>Whether and where telemetry is pushed to: the standard variables of OpenTelemetry, which its exporter reads itself.</summary>
internal static class TelemetrySettings
{
    private const string Name = "OTEL_EXPORTER_OTLP";
    private const string MetricsName = Name + "_METRICS";
    private const string TracesName = Name + "_TRACES";
    private const string Endpoint = "_ENDPOINT";
    private const string Headers = "_HEADERS";
    private const string ProtocolName = Name + "_PROTOCOL";
    private const string DisabledName = "OTEL_SDK_DISABLED";
    private const string SamplerName = "OTEL_TRACES_SAMPLER";
    private const string SamplerArgumentName = "OTEL_TRACES_SAMPLER_ARG";

    // What OpenTelemetry can't read it ignores, with a note that nobody sees: the default is then in force.
    private static readonly string[] _protocols = ["grpc", "http/protobuf"];
    private static readonly string[] _metricTimes = ["OTEL_METRIC_EXPORT_INTERVAL", "OTEL_METRIC_EXPORT_TIMEOUT", MetricsName + "_TIMEOUT"];
    private static readonly string[] _traceNumbers =
    [
        "OTEL_BSP_SCHEDULE_DELAY",
        "OTEL_BSP_EXPORT_TIMEOUT",
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        TracesName + "_TIMEOUT",
    ];
    private static readonly string[] _samplers =
    [
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ];

    /// <summary>Whether metrics are pushed.</summary>
    /// <exception cref="SettingException">A variable can't be read.</exception>
    public static bool PushesMetrics(IConfiguration configuration)
    {
        if (!Pushes(configuration, MetricsName))
        {
            return false;
        }

        CheckNumbers(configuration, _metricTimes);
        return true;
    }

    /// <summary>Whether traces are pushed.</summary>
    /// <exception cref="SettingException">A variable can't be read.</exception>
    public static bool PushesTraces(IConfiguration configuration)
    {
        if (!Pushes(configuration, TracesName))
        {
            return false;
        }

        CheckNumbers(configuration, _traceNumbers);
        CheckWord(configuration, SamplerName, _samplers, StringComparer.OrdinalIgnoreCase);
        if (
            configuration[SamplerArgumentName] is { Length: > 0 } part
            && !(double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1)
        )
        {
            throw new SettingException($"{SamplerArgumentName} must be a number from 0 to 1, but is {part}");
        }

        return true;
    }

    private static bool Pushes(IConfiguration configuration, string ownName)
    {
        var set = IsSet(configuration, Name + Endpoint) | IsSet(configuration, ownName + Endpoint);
        if (!set || string.Equals(configuration[DisabledName], "true", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        CheckWord(configuration, ProtocolName, _protocols, StringComparer.Ordinal);
        CheckWord(configuration, ownName + "_PROTOCOL", _protocols, StringComparer.Ordinal);
        CheckHeaders(configuration, Name + Headers);
        CheckHeaders(configuration, ownName + Headers);
        CheckNumbers(configuration, [Name + "_TIMEOUT"]);
        return true;
    }

    // Alike in case or not as OpenTelemetry compares it.
    private static void CheckWord(IConfiguration configuration, string name, string[] known, StringComparer alike)
    {
        if (configuration[name] is { Length: > 0 } word && !known.Contains(word, alike))
        {
            throw new SettingException($"{name} must be {string.Join(", ", known[..^1])} or {known[^1]}, but is {word}");
        }
    }

    private static void CheckNumbers(IConfiguration configuration, string[] names)
    {
        foreach (var name in names)
        {
            if (configuration[name] is { Length: > 0 } text && !int.TryParse(text, CultureInfo.InvariantCulture, out _))
            {
                throw new SettingException($"{name} must be a whole number, but is {text}");
            }
        }
    }

    // Never what it says: it is mostly a key.
    private static void CheckHeaders(IConfiguration configuration, string name)
    {
        var pairs = Uri.UnescapeDataString(configuration[name] ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (Array.Exists(pairs, static pair => pair.IndexOf('=', StringComparison.Ordinal) < 1))
        {
            throw new SettingException($"{name} must be pairs such as name=value, separated by ','");
        }
    }

    private static bool IsSet(IConfiguration configuration, string name)
    {
        if (configuration[name] is not { Length: > 0 } endpoint)
        {
            return false;
        }

        return Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? true
            : throw new SettingException($"{name} must be an address such as http://localhost:4317, but is {ShownAddress.Of(endpoint)}");
    }
}
