namespace Remanso.EntityFrameworkCore.Tests.Shop;

/// <summary>An entity with what can't be mapped as it is.</summary>
public sealed class Parcel
{
    public int Id { get; set; }

    public string Name { get; set; } = string.Empty;

    public Address Address { get; set; } = new();

    /// <summary>The database fills it.</summary>
    public DateTime CreatedAt { get; set; }

    public int Priority { get; set; }

    public long Version { get; set; }
}
