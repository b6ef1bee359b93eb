namespace Remanso.EntityFrameworkCore.Tests.Shop;

public enum OrderStatus
{
    Open,
    Paid,
}
