namespace Remanso.Benchmarks.Workloads;

/// <summary>Values that readers share.</summary>
internal readonly struct Countries : IValueKind<Country>
{
    public static string Name => "immutable object";

    public static Country Create(int number) => new(number, "Portugal", "Lisboa", 10);
}
