namespace Remanso.Benchmarks.Workloads;

/// <summary>A value that an application would keep: some fields, of which one is looked at.</summary>
internal sealed record Person(int Id, string Name, string Mail, int Age);
