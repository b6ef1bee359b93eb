using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Stores;

namespace Remanso.AspNetCore.Tests.Health;

/// <summary>The caches among an application's health checks.</summary>
public sealed class HealthCheckTests
{
    [Fact]
    public async Task Caches_that_work_are_healthy_and_tell_how_they_are()
    {
        await using var api = await StartAsync(new ScriptedStore());
        await api.SendAsync("POST", "/set", """{"key":"k","value":"v"}""");

        var report = await ReportAsync(api);

        Assert.Equal(["remanso", "remanso-live"], report.Entries.Keys.Order());
        Assert.All(report.Entries.Values, static entry => Assert.Equal(HealthStatus.Healthy, entry.Status));
        Assert.Equal(["live"], report.Entries["remanso-live"].Tags);
        var ready = report.Entries["remanso"];
        Assert.Equal(["ready"], ready.Tags);
        Assert.Equal(["default.circuit", "default.deadLetters", "default.dirty", "default.lag", "store", "tier"], ready.Data.Keys);
        Assert.Equal("closed", ready.Data["default.circuit"]);
        Assert.Equal(0L, Convert.ToInt64(ready.Data["default.deadLetters"], provider: null));
        Assert.IsType<TimeSpan>(ready.Data["default.lag"]);
    }

    [Fact]
    public async Task Caches_whose_loads_fail_while_hits_and_writes_go_on_are_degraded()
    {
        var down = true;
        await using var api = await StartAsync(
            new ScriptedStore
            {
                OnLoad = (_, _) =>
                    down ? Task.FromException(new StoreException("The store is down.", isTransient: true)) : Task.CompletedTask,
            }
        );

        Assert.Equal(503, (await api.SendAsync("GET", "/get/k")).Status);
        var failed = (await ReportAsync(api)).Entries;
        down = false;
        await Until.TrueAsync(async () => (await api.SendAsync("GET", "/get/k")).Status == 404, "the back-off after a failed load is over");
        var mended = (await ReportAsync(api)).Entries;

        Assert.Equal((HealthStatus.Degraded, HealthStatus.Healthy), (failed["remanso"].Status, failed["remanso-live"].Status));
        Assert.Contains("the store can't be read", failed["remanso"].Description, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, mended["remanso"].Status);
    }

    [Fact]
    public async Task Caches_whose_flush_fails_are_unhealthy_and_alive()
    {
        var down = true;
        await using var api = await StartAsync(
            new ScriptedStore
            {
                BeforeSave = _ =>
                    down ? Task.FromException(new StoreException("The store is down.", isTransient: true)) : Task.CompletedTask,
            }
        );

        await api.SendAsync("POST", "/set", """{"key":"k","value":"v"}""");
        await Until.TrueAsync(
            async () => (await ReportAsync(api)).Entries["remanso"].Status == HealthStatus.Unhealthy,
            "the check tells that the flush fails"
        );

        Assert.Equal(HealthStatus.Healthy, (await ReportAsync(api)).Entries["remanso-live"].Status);
        down = false;
    }

    [Fact]
    public async Task The_tags_choose_what_a_path_answers()
    {
        await using var api = await StartAsync(
            new ScriptedStore { OnLoad = static (_, _) => Task.FromException(new StoreException("The store is down.", isTransient: true)) }
        );
        await api.SendAsync("GET", "/get/k");

        Assert.Equal("Healthy", (await api.SendAsync("GET", "/live")).Body);
        Assert.Equal("Degraded", (await api.SendAsync("GET", "/ready")).Body);
    }

    private static Task<MountedApi> StartAsync(ScriptedStore store) =>
        MountedApi.StartAsync(
            static app =>
            {
                app.MapRemanso();
                app.MapHealthChecks(
                    "/live",
                    new HealthCheckOptions { Predicate = static check => check.Tags.Contains(RemansoHealthExtensions.Live) }
                );
                app.MapHealthChecks(
                    "/ready",
                    new HealthCheckOptions { Predicate = static check => check.Tags.Contains(RemansoHealthExtensions.Ready) }
                );
            },
            builder =>
            {
                builder.Services.AddHealthChecks().AddRemanso();
                builder.Services.AddRemanso().UseStore(_ => store);
            }
        );

    private static Task<HealthReport> ReportAsync(MountedApi api) =>
        api.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
}
