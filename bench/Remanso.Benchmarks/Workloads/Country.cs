using System.ComponentModel;

namespace Remanso.Benchmarks.Workloads;

/// <summary>A value that says of itself that it never changes, so that readers share it.</summary>
[ImmutableObject(true)]
internal sealed record Country(int Id, string Name, string Capital, int Millions);
