namespace Remanso.Conformance.Tables;

/// <summary>A key of two columns.</summary>
public sealed record OrderKey(string Tenant, int Number);
