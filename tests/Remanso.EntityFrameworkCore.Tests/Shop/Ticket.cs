namespace Remanso.EntityFrameworkCore.Tests.Shop;

/// <summary>An entity of whose rows another one has a part.</summary>
public sealed class Ticket
{
    public int Id { get; set; }

    public long Version { get; set; }

    public TicketNotes? Notes { get; set; }
}
