using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.EntityFrameworkCore.Tests.Shop;

namespace Remanso.EntityFrameworkCore.Tests;

/// <summary>A database made by the model, and hosts in front of it.</summary>
public sealed class EntityBed : IAsyncDisposable
{
    private readonly Action<DbContextOptionsBuilder> _database;
    private readonly Action<RemansoBuilder> _engine;
    private readonly List<IHost> _hosts = [];

    private EntityBed(Action<DbContextOptionsBuilder> database, Action<RemansoBuilder> engine)
    {
        _database = database;
        _engine = engine;
    }

    public static async Task<EntityBed> CreateAsync(Action<DbContextOptionsBuilder> database, Action<RemansoBuilder> engine)
    {
        var bed = new EntityBed(database, engine);
        await using var context = bed.Open();
        await context.Database.EnsureCreatedAsync();
        return bed;
    }

    public ShopContext Open()
    {
        var options = new DbContextOptionsBuilder<ShopContext>();
        _database(options);
        return new ShopContext(options.Options);
    }

    /// <summary>Starts a host with caches in front of the context.</summary>
    /// <param name="declare">Declares the caches.</param>
    /// <param name="factory">Whether contexts come from a factory, and how long it lives; otherwise from scopes.</param>
    public async Task<IHost> StartAsync(Action<RemansoBuilder> declare, ServiceLifetime? factory = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.ConfigureContainer(
            new DefaultServiceProviderFactory(new ServiceProviderOptions { ValidateScopes = true, ValidateOnBuild = true })
        );
        if (factory is { } lifetime)
        {
            builder.Services.AddDbContextFactory<ShopContext>(_database, lifetime);
        }
        else
        {
            builder.Services.AddDbContext<ShopContext>(_database);
        }

        var remanso = builder.Services.AddRemanso();
        _engine(remanso);
        declare(remanso);
        var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }

        _hosts.Add(host);
        return host;
    }

    public async Task<long> ScalarAsync(string sql)
    {
        await using var context = Open();
        await context.Database.OpenConnectionAsync();
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
