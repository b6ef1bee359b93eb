using System.ComponentModel;

namespace Remanso.Conformance.Faces;

/// <summary>A value that says of itself that it never changes.</summary>
[ImmutableObject(true)]
public sealed record Country(string Code, int Millions);
