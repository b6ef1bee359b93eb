using Microsoft.EntityFrameworkCore;

namespace Remanso.EntityFrameworkCore.Tests.Shop;

public sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();

    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<Parcel> Parcels => Set<Parcel>();

    public DbSet<Ticket> Tickets => Set<Ticket>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Order>(order =>
        {
            order.ToTable("Shop Orders");
            order.HasKey(o => new { o.Tenant, o.Number });
            order
                .Property(o => o.Total)
                .HasColumnName("total_cents")
                .HasConversion(money => (long)(money.Amount * 100), cents => new Money(cents / 100m));
            order.Property(o => o.Status).HasConversion<string>();
            order.Property(o => o.Coupon).HasColumnName("cup\u00e3o d'oferta");
            order.Property(o => o.RowVersion).HasColumnName("row_version").IsConcurrencyToken();
            order.Property<bool>("Deleted").HasDefaultValue(false);
        });
        modelBuilder.Entity<Parcel>(parcel =>
        {
            parcel.OwnsOne(p => p.Address);
            parcel.Property<string?>("Secret");
            parcel.Property(p => p.CreatedAt).HasDefaultValueSql("CURRENT_TIMESTAMP");
            parcel.Property(p => p.Priority).HasDefaultValue(5);
        });
        modelBuilder.Entity<Ticket>(ticket =>
        {
            ticket.ToTable("Tickets");
            ticket.HasOne(t => t.Notes).WithOne().HasForeignKey<TicketNotes>(notes => notes.Id);
        });
        modelBuilder.Entity<TicketNotes>().ToTable("Tickets");
    }
}
