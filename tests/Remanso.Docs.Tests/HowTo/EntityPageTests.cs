using Microsoft.EntityFrameworkCore;
using Remanso.Conformance.Servers;

namespace Remanso.Docs.Tests.HowTo;

/// <summary>What <c>docs/how-to/ef-core.md</c> and the page of the package list.</summary>
public sealed class EntityPageTests(PostgresServer postgres) : ProgramFolder
{
    [Fact]
    public async Task A_model_tells_the_table()
    {
        var address = postgres.ConnectionString;
        var builder = Declared.Builder();
        builder.Services.AddDbContextFactory<ShopContext>(options => options.UseNpgsql(address));
        builder
            .Services.AddRemanso()
            .UsePostgresTables()
            .AddCache<OrderKey, Order>("orders", cache =>
                cache.UseEntity((ShopContext shop) => shop.Orders, order => order.Version(o => o.RowVersion).SoftDelete("Deleted"))
            );
        await CreateAsync(builder);

        await Declared.RunAsync(builder, static services =>
            Declared.UseAsync(services, new OrderKey("a", 1), new Order { Tenant = "a", Number = 1 })
        );
    }

    [Fact]
    public async Task A_model_with_one_token_needs_no_word()
    {
        var builder = Declared.Builder();
        builder.Services.AddDbContextFactory<ShopContext>(options => options.UseSqlite("Data Source=shop.db"));
        builder
            .Services.AddRemanso()
            .UseSqlite("shop.db")
            .AddCache<int, Product>("products", cache =>
                cache.UseEntity((ShopContext shop) => shop.Products, product => product.AllowHardDeletes())
            );
        await CreateAsync(builder);

        await Declared.RunAsync(builder, static services => Declared.UseAsync(services, 1, new Product { Id = 1, Name = "Tea" }));
    }

    private static async Task CreateAsync(HostApplicationBuilder builder)
    {
        await using var services = builder.Services.BuildServiceProvider();
        await using var context = await services
            .GetRequiredService<IDbContextFactory<ShopContext>>()
            .CreateDbContextAsync(TestContext.Current.CancellationToken);
        await context.Database.ExecuteSqlRawAsync(context.Database.GenerateCreateScript(), TestContext.Current.CancellationToken);
    }

    private sealed record OrderKey(string Tenant, int Number);

    private sealed class Order
    {
        public string Tenant { get; set; } = string.Empty;

        public int Number { get; set; }

        public long RowVersion { get; set; }
    }

    private sealed class Product
    {
        public int Id { get; set; }

        public string Name { get; set; } = string.Empty;

        public long Version { get; set; }
    }

    private sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
    {
        public DbSet<Order> Orders => Set<Order>();

        public DbSet<Product> Products => Set<Product>();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.Entity<Product>().Property(static p => p.Version).IsConcurrencyToken();
            modelBuilder.Entity<Order>(order =>
            {
                order.HasKey(o => new { o.Tenant, o.Number });
                order.Property(o => o.RowVersion).HasColumnName("row_version").IsConcurrencyToken();
                order.Property<bool>("Deleted").HasDefaultValue(false);
            });
        }
    }
}
