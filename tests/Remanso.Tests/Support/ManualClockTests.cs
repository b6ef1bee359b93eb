using Xunit;

namespace Remanso.Tests.Support;

/// <summary>Tests that drive a whole cache by a clock of their own: alone, so that an idle thread pool tells that a step is done.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ManualClockTests
{
    public const string Name = "manual clock";
}
