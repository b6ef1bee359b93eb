namespace Remanso.EntityFrameworkCore.Tests.Shop;

public sealed class TicketNotes
{
    public int Id { get; set; }

    public string Text { get; set; } = string.Empty;
}
