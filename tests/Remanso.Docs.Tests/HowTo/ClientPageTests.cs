using Remanso.Client;

namespace Remanso.Docs.Tests.HowTo;

/// <summary>What <c>docs/how-to/client.md</c> and the page of the package list, against a server at the address that they name.</summary>
public sealed class ClientPageTests : ProgramFolder
{
    [Fact]
    public Task The_listings_run() => WebProgram.RunAsync(Server, static async (http, _) =>
        {
            using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = http.BaseAddress! });
            var users = client.Cache();
            await PackageAsync(users);
            await ReadAsync(users);
            await CompareAsync(users);
            Assert.Equal("Alicia", (await users.GetAsync("user:42")).GetText());
            await WatchAsync(users, TestContext.Current.CancellationToken);
        });

    [Fact]
    public void The_clients_are_made()
    {
        {
            using var client = new RemansoClient(
                new RemansoClientOptions
                {
                    BaseAddress = new Uri("http://localhost:8000"),
                    ApiKey = Environment.GetEnvironmentVariable("REMANSO_API_KEY"),
                }
            );
            var users = client.Cache();
            Assert.NotNull(users);
        }

        {
            using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = new Uri("http://localhost:8000") });
            var users = client.Cache();
            Assert.NotNull(users);
        }
    }

    [Fact]
    public async Task It_is_a_service()
    {
        var builder = Declared.Builder();
        builder.Services.AddRemansoClient(options => options.BaseAddress = new Uri("https://cache.example"));
        await using var services = builder.Services.BuildServiceProvider();
        Assert.NotNull(services.GetRequiredService<RemansoClient>());
    }

    private static void Server(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddRemanso().UseSqlite("app.db").AddCache<string, ReadOnlyMemory<byte>>("default");
        var app = builder.Build();
        app.MapRemanso();
        app.Run();
    }

    private static async Task PackageAsync(CacheClient users)
    {
        await users.SetTextAsync("user:42", "Alice");
        Console.WriteLine((await users.GetAsync("user:42")).GetText());
    }

    private static async Task ReadAsync(CacheClient users)
    {
        var written = await users.SetTextAsync("user:42", "Alice");
        var read = await users.GetAsync("user:42");
        Console.WriteLine($"{read.GetText()} ({read.Version}, {read.Outcome})");
        Assert.Equal(written.Version, read.Version);
    }

    private static async Task CompareAsync(CacheClient users)
    {
        var read = await users.GetAsync("user:42");
        try
        {
            await users.SetTextAsync("user:42", "Alicia", new() { IfVersion = read.Version });
        }
        catch (RemansoVersionConflictException conflict)
        {
            Console.WriteLine($"Somebody was faster: it is {conflict.CurrentVersion} now.");
        }
    }

    private static async Task WatchAsync(CacheClient users, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var stopping = stop.Token;
        var gaps = 0;
        void ReadEverythingAgain()
        {
            gaps++;
            stop.Cancel();
        }

        try
        {
            await foreach (var change in users.WatchAsync(new() { Prefix = "price:", WithValues = true }, stopping))
            {
                if (change.Kind == WatchEventKind.Gap)
                {
                    ReadEverythingAgain();
                }
                else
                {
                    Console.WriteLine($"{change.Kind} {change.Key} {change.Version}");
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }

        Assert.Equal(1, gaps);
    }
}
