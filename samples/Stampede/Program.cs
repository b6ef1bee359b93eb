using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso;
using Stampede;

const int User = 123;

if (!Arguments.TryParse(args, out var callers, out var path, out var error))
{
    await Console.Error.WriteLineAsync(error);
    return 2;
}

await using var database = await SlowDatabase.CreateAsync(path, TimeProvider.System);

var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
var remanso = builder
    .Services.AddRemanso()
    .AddCache<int, decimal>("balances", cache =>
    {
        cache.WithoutStore = true;
        cache.Options.Ttl.Base = TimeSpan.FromMinutes(1);
    });
if (Environment.GetEnvironmentVariable("REDIS_HOST") is { Length: > 0 } redis)
{
    // Then processes that run at the same time share the cache, and the one query.
    remanso.UseRedis($"redis://{redis}:{Environment.GetEnvironmentVariable("REDIS_PORT") ?? "6379"}");
}

using var host = builder.Build();
await host.StartAsync();
var balances = host.Services.GetRequiredService<ICache<int, decimal>>();

Console.WriteLine($"{callers} callers ask at once for the balance of user {User}.");
var first = await Crowd.AskAsync(callers, AskAsync);
var ttl = first[0].FreshUntil!.Value - first[0].CachedAt!.Value;
Console.WriteLine(
    $"{Times(database.Queries)} to the database, {first.Count(answer => answer.Joined)} callers joined a load. TTL: "
        + $"{ttl.TotalSeconds:0.0} s (60 s, jittered)."
);

Console.WriteLine("They ask again, within the TTL.");
var second = await Crowd.AskAsync(callers, AskAsync);
Console.WriteLine(
    $"{second.Count(answer => answer.Source != ReadSource.Store)} of {callers} were served from the cache. In all: "
        + $"{Times(database.Queries)} to the database."
);

await host.StopAsync();
return 0;

ValueTask<ReadResult<decimal>> AskAsync() => balances.GetOrLoadAsync(User, database.QueryBalanceAsync);

static string Times(int queries) => queries == 1 ? "1 query" : $"{queries} queries";
