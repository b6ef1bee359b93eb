namespace Remanso.EntityFrameworkCore.Tests.Shop;

public sealed record OrderKey(string Tenant, int Number);
