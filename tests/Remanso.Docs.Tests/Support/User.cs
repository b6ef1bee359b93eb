namespace Remanso.Docs.Tests.Support;

/// <summary>The value of most listings.</summary>
public sealed record User(string Name, int Level);
