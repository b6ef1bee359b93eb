using Remanso.Packages.Tests;

[assembly: AssemblyFixture(typeof(PackedPackages))]
