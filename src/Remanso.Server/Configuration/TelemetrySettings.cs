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

    /// <summary>Whether metrics are pushed.</summary>
    /// <exception cref="SettingException">An endpoint is no address, headers are no pairs, or the protocol is unknown.</exception>
    public static bool PushesMetrics(IConfiguration configuration) => Pushes(configuration, MetricsName);

    /// <summary>Whether traces are pushed.</summary>
    /// <exception cref="SettingException">An endpoint is no address, headers are no pairs, or the protocol is unknown.</exception>
    public static bool PushesTraces(IConfiguration configuration) => Pushes(configuration, TracesName);

    private static bool Pushes(IConfiguration configuration, string ownName)
    {
        if (configuration[ProtocolName] is { Length: > 0 } protocol && protocol is not ("grpc" or "http/protobuf"))
        {
            throw new SettingException($"{ProtocolName} must be grpc or http/protobuf, but is {protocol}");
        }

        var set = IsSet(configuration, Name + Endpoint) | IsSet(configuration, ownName + Endpoint);
        if (!set || string.Equals(configuration[DisabledName], "true", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        CheckHeaders(configuration, Name + Headers);
        CheckHeaders(configuration, ownName + Headers);
        return true;
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
