namespace Remanso.Benchmarks.Workloads;

/// <summary>A kind of values.</summary>
internal interface IValueKind<out TValue>
{
    static abstract string Name { get; }

    static abstract TValue Create(int number);
}
