namespace Remanso.EntityFrameworkCore.Tests.Shop;

public sealed class Address
{
    public string? Street { get; set; }
}
