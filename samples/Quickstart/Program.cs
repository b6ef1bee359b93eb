using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso;

var builder = Host.CreateApplicationBuilder(args);
builder
    .Services.AddRemanso(builder.Configuration) // Remanso:Caches:users:Ttl:Base and so on, where they are set
    .UseSqlite("data/app.db")
    .AddCache<int, User>("users", cache => cache.Options.Ttl.Base = TimeSpan.FromMinutes(10));
using var host = builder.Build();
await host.StartAsync();

var users = host.Services.GetRequiredService<ICache<int, User>>();
var written = await users.SetAsync(42, new User("Alice", 7)); // accepted, and visible to every reader
var read = await users.GetAsync(42); // tier, else one query for all who ask
Console.WriteLine($"{read.Value} version {read.Version == written.Version}");
await users.SetAsync(42, new User("Bob", 8), new WriteOptions { Durability = Durability.Stored }); // waits for the database
await host.StopAsync(); // flushes what is dirty

public sealed record User(string Name, int Level);
