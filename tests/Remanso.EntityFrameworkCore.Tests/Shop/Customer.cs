namespace Remanso.EntityFrameworkCore.Tests.Shop;

public sealed class Customer
{
    public int Id { get; set; }

    public string Name { get; set; } = string.Empty;

    public List<Order> Orders { get; } = [];
}
