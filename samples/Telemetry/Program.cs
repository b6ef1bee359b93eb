using Remanso;
using Telemetry;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);

var database = new Database(builder.Configuration["database"] ?? "telemetry.db");
database
    .Use(builder.Services.AddRemanso(builder.Configuration))
    .AddCache<string, Reading>("readings", cache => cache.Options.WriteMode = WriteMode.EveryVersion);
builder.Services.AddSingleton<Ingest>();

var app = builder.Build();
app.MapPost("/readings", async (Reading[] batch, Ingest ingest) =>
{
    var taken = await ingest.TakeAsync(batch);
    // Only what was refused is to be sent again: the rest is kept, or unfit for good.
    var status =
        taken.Refused.Count > 0 ? StatusCodes.Status503ServiceUnavailable
        : taken.Unfit is not null ? StatusCodes.Status400BadRequest
        : StatusCodes.Status202Accepted;
    return Results.Json(taken, statusCode: status);
});
app.MapGet("/sensors/{sensor}", async (string sensor, Ingest ingest) =>
    await ingest.ReadNewestAsync(sensor) is { } newest ? Results.Json(newest) : Results.NotFound()
);
app.MapGet("/sensors/{sensor}/history", (string sensor, Ingest ingest, int most = 10) => ingest.ReadHistoryAsync(sensor, most));

await app.StartAsync();
var address = app.Urls.First();
Console.WriteLine($"Taking readings at {address}, into {database.Name}");
if (app.Configuration.GetValue("fleet", 0) is > 0 and var sensors)
{
    await new Fleet(new Uri(address), database, app.Services.GetRequiredService<ICacheRegistry>(), TimeProvider.System).SendAsync(sensors);
}

Console.WriteLine("Ctrl+C ends the program.");
await app.WaitForShutdownAsync();
