namespace Remanso.Conformance.Tables;

/// <summary>A value whose columns are made by a constructor and by setters.</summary>
public sealed record Order(string Customer, decimal Total)
{
    public OrderState State { get; init; }

    public string? Note { get; init; }

    /// <summary>Not mapped.</summary>
    public int Lines { get; init; }
}
