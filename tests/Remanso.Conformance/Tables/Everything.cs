namespace Remanso.Conformance.Tables;

/// <summary>A column of each type, once as it is and once nullable.</summary>
public sealed class Everything
{
    public bool Flag { get; set; }
    public bool? MaybeFlag { get; set; }
    public byte Tiny { get; set; }
    public short Small { get; set; }
    public short? MaybeSmall { get; set; }
    public int Plain { get; set; }
    public int? MaybePlain { get; set; }
    public long Large { get; set; }
    public long? MaybeLarge { get; set; }
    public ulong Natural { get; set; }
    public float Real { get; set; }
    public double Fine { get; set; }
    public double? MaybeFine { get; set; }
    public decimal Money { get; set; }
    public decimal? MaybeMoney { get; set; }
    public string Text { get; set; } = string.Empty;
    public string? MaybeText { get; set; }
    public char Letter { get; set; }
    public Guid Id { get; set; }
    public Guid? MaybeId { get; set; }
    public DateOnly Day { get; set; }
    public TimeOnly Hour { get; set; }
    public DateTime At { get; set; }
    public DateTime? MaybeAt { get; set; }
    public DateTimeOffset Moment { get; set; }
    public DateTimeOffset? MaybeMoment { get; set; }
    public TimeSpan Span { get; set; }
    public byte[] Bytes { get; set; } = [];
    public byte[]? MaybeBytes { get; set; }
    public OrderState State { get; set; }
    public OrderState? MaybeState { get; set; }
    public OrderState Named { get; set; }
    public Uri? Link { get; set; }
}
