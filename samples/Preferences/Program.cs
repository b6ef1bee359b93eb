using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Preferences;
using Remanso;

if (args is not [var address])
{
    await Console.Error.WriteLineAsync("Name a PostgreSQL database: Preferences \"Host=localhost;Username=postgres;Database=postgres\"");
    return 2;
}

var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
builder.Logging.SetMinimumLevel(LogLevel.Warning);

// The application as it was.
var commands = new CommandCount();
builder.Services.AddSingleton(commands);
builder.Services.AddDbContextFactory<PreferencesContext>(options => options.UseNpgsql(address).AddInterceptors(commands));

// The cache in front of it.
builder
    .Services.AddRemanso()
    .UsePostgresTables()
    .AddCache<int, Preference>("preferences", cache =>
        cache.UseEntity((PreferencesContext context) => context.Preferences, row => row.Version("RowVersion").SoftDelete("Deleted"))
    );
builder.Services.AddSingleton<Evening>();

using var host = builder.Build();
try
{
    await using var context = await host.Services.GetRequiredService<IDbContextFactory<PreferencesContext>>().CreateDbContextAsync();
    await PreferencesTable.PrepareAsync(context);
}
catch (Exception failure) when (failure is NpgsqlException or ArgumentException || failure.InnerException is NpgsqlException)
{
    await Console.Error.WriteLineAsync($"No PostgreSQL database answers there: {failure.GetBaseException().Message}");
    return 1;
}

await host.StartAsync();
var evening = host.Services.GetRequiredService<Evening>();
await evening.ReadFromDatabaseAsync();
await evening.ReadThroughCacheAsync();
await evening.ChangeAsync();
await evening.LookAsync();
await host.StopAsync();
return 0;
