namespace Remanso.Benchmarks.Workloads;

/// <summary>Values that are objects of the application.</summary>
internal readonly struct Persons : IValueKind<Person>
{
    public static string Name => "object";

    public static Person Create(int number) => new(number, "Ana Souza", "ana@example.org", 40);
}
