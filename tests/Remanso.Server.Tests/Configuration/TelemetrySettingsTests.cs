using Microsoft.Extensions.Configuration;
using Remanso.Server.Configuration;

namespace Remanso.Server.Tests.Configuration;

/// <summary>The variables of OpenTelemetry, of which it ignores what it can't read.</summary>
public sealed class TelemetrySettingsTests
{
    [Theory]
    [InlineData("OTEL_TRACES_SAMPLER", "foo", "must be always_on, always_off, traceidratio, ")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "1.5", "must be a number from 0 to 1, but is 1.5")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "10s", "must be a whole number, but is 10s")]
    [InlineData("OTEL_METRIC_EXPORT_TIMEOUT", "foo", "must be a whole number")]
    [InlineData("OTEL_BSP_SCHEDULE_DELAY", "foo", "must be a whole number")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "must be a whole number")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10s", "must be a whole number")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json", "must be grpc or http/protobuf, but is http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "must be grpc or http/protobuf, but is http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "HTTP/protobuf", "must be grpc or http/protobuf, but is HTTP/protobuf")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "GRPC", "must be grpc or http/protobuf, but is GRPC")]
    public void What_OpenTelemetry_would_ignore_is_refused(string name, string value, string expected)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), new(name, value)])
            .Build();

        var (problems, _) = SettingReview.Of(configuration);

        Assert.StartsWith($"{name} {expected}", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]
    [InlineData("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")]
    [InlineData("OTEL_TRACES_SAMPLER", "Always_On")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "0.1")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "10000")]
    public void What_OpenTelemetry_knows_is_taken(string name, string value)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), new(name, value)])
            .Build();

        Assert.Empty(SettingReview.Of(configuration).Problems);
        Assert.True(TelemetrySettings.PushesMetrics(configuration) && TelemetrySettings.PushesTraces(configuration));
    }

    [Theory]
    [InlineData("OTEL_SERVICE_NAME", "cache")]
    [InlineData("OTEL_SDK_DISABLED", "true")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1")]
    public void Words_for_what_is_not_pushed_stop_nothing(string name, string value)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"), new(name, value)])
            .Build();

        Assert.Empty(SettingReview.Of(configuration).Problems);
        Assert.False(TelemetrySettings.PushesMetrics(configuration));
    }
}
