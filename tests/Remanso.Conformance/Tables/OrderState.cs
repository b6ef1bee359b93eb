namespace Remanso.Conformance.Tables;

public enum OrderState
{
    Open,
    Paid,
    Shipped = 7,
}
