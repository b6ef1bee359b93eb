namespace Remanso.EntityFrameworkCore.Tests.Shop;

/// <summary>An entity as people write them: a composite key, converters, a field behind a property, a navigation, a
/// concurrency token.</summary>
public sealed class Order
{
    private string _note = string.Empty;

    public Order(string tenant, int number)
    {
        Tenant = tenant;
        Number = number;
    }

    private Order() { }

    public string Tenant { get; private set; } = string.Empty;

    public int Number { get; private set; }

    public Money Total { get; set; }

    public OrderStatus Status { get; set; }

    public OrderStatus? Earlier { get; set; }

    public DateTime PlacedAt { get; set; } = DateTime.UnixEpoch;

    public Guid? Coupon { get; set; }

    public string Note
    {
        get => _note;
        set => _note = value.Trim();
    }

    public int? CustomerId { get; set; }

    public Customer? Customer { get; set; }

    public long RowVersion { get; set; }
}
