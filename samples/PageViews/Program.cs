using PageViews;
using Remanso;
using Remanso.AspNetCore;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);

var table = new PageTable(builder.Configuration["database"] ?? "page-views.db");
await table.CreateAsync();

builder
    .Services.AddRemanso(builder.Configuration)
    .UseSqlite(table.Path)
    .AddCache<string, long>("views", cache =>
        cache.UseTable(rows =>
            rows.Named("page_views").Key("page").Column(views => views, "views").Version("row_version").AllowHardDeletes()
        )
    );

var app = builder.Build();
app.MapPost("/pages/{page}/views", async (string page, ICache<string, long> views) => (await views.IncrementAsync(page)).Value);
app.MapGet("/pages/{page}/views", async (string page, ICache<string, long> views) => (await views.GetAsync(page)).Value);
app.MapGet("/pages", () => table.ReadTopAsync(10));
app.MapRemanso("/cache");
app.MapRemansoDashboard("/cache");

await app.StartAsync();
var address = app.Urls.First();
Console.WriteLine($"Counting page views at {address}, in {table.Path}");
if (app.Configuration.GetValue("burst", 0) is > 0 and var views)
{
    var burst = new Burst(new Uri(address), table, app.Services.GetRequiredService<ICacheRegistry>(), TimeProvider.System);
    await burst.CountAsync(views);
    await burst.ReadAsync(app.Services.GetRequiredService<ICache<string, long>>(), views);
}

Console.WriteLine($"The dashboard: {address}/cache. Ctrl+C ends the program.");
await app.WaitForShutdownAsync();
