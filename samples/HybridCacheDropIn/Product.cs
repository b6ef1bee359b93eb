/// <summary>What the shop sells.</summary>
internal sealed record Product(int Number, string Name, decimal Price);
