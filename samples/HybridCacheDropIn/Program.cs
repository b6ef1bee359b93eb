using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Remanso;

const int Callers = 500;

if (args is not ([] or ["--platform"] or ["--redis", _]))
{
    await Console.Error.WriteLineAsync("Usage: HybridCacheDropIn [--platform | --redis redis://HOST:PORT]");
    return 2;
}

var warehouse = new Warehouse(TimeProvider.System);

// Two servers of the shop where they can share a cache, else one.
var servers = new List<IHost> { Build() };
if (args is ["--redis", _])
{
    servers.Add(Build());
}

foreach (var server in servers)
{
    await server.StartAsync();
}

var shops = servers.Select(static server => server.Services.GetRequiredService<Shop>()).ToArray();
await shops[0].ForgetPricesAsync();

await AskAsync();
warehouse.Price = 4.50m;
await shops[0].ForgetPricesAsync();

// The other server is told by a message of Redis, which takes its way.
await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
Console.WriteLine("The price changes; the first server removes what has the tag 'products'");
await AskAsync();

foreach (var server in servers)
{
    await server.StopAsync();
    server.Dispose();
}

return 0;

IHost Build()
{
    var builder = Host.CreateApplicationBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.Services.AddSingleton(warehouse).AddSingleton<Shop>();
    switch (args)
    {
        case ["--platform"]:
            builder.Services.AddHybridCache();
            break;
        case ["--redis", var redis]:
            builder.Services.AddRemanso().UseRedis(redis).AsHybridCache();
            break;
        default:
            builder.Services.AddRemanso().AsHybridCache();
            break;
    }

    return builder.Build();
}

async Task AskAsync()
{
    var before = warehouse.Queries;
    var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => shops[caller % shops.Length].FindAsync(7).AsTask()));
    var prices = string.Join(", ", answers.Select(static product => product.Price).Distinct());
    Console.WriteLine(
        $"{Callers} callers at {Count(shops.Length, "server", "servers")}: "
            + $"{Count(warehouse.Queries - before, "query", "queries")}, price {prices}"
    );
}

static string Count(int number, string one, string many) => $"{number} {(number == 1 ? one : many)}";
