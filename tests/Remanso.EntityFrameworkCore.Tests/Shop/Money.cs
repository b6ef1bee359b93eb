namespace Remanso.EntityFrameworkCore.Tests.Shop;

/// <summary>An amount, kept as its cents.</summary>
public readonly record struct Money(decimal Amount);
