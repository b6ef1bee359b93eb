namespace Remanso.Server.Configuration;

// https://opentelemetry.io/docs/specs/otel/protocol/exporter/

/// <summary>Whether and where telemetry is pushed to: the standard variables of OpenTelemetry, which its exporter reads itself.</summary>
internal static class TelemetrySettings
{
    private const string EndpointName = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpointName = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string TracesEndpointName = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private const string ProtocolName = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string DisabledName = "OTEL_SDK_DISABLED";

    /// <summary>Whether metrics are pushed.</summary>
    /// <exception cref="SettingException">An endpoint is no address, or the protocol is unknown.</exception>
    public static bool PushesMetrics(IConfiguration configuration) => Pushes(configuration, MetricsEndpointName);

    /// <summary>Whether traces are pushed.</summary>
    /// <exception cref="SettingException">An endpoint is no address, or the protocol is unknown.</exception>
    public static bool PushesTraces(IConfiguration configuration) => Pushes(configuration, TracesEndpointName);

    private static bool Pushes(IConfiguration configuration, string ownName)
    {
        if (configuration[ProtocolName] is { Length: > 0 } protocol && protocol is not ("grpc" or "http/protobuf"))
        {
            throw new SettingException($"{ProtocolName} must be grpc or http/protobuf, but is {protocol}");
        }

        var set = IsSet(configuration, EndpointName) | IsSet(configuration, ownName);
        return set && !string.Equals(configuration[DisabledName], "true", StringComparison.OrdinalIgnoreCase);
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
