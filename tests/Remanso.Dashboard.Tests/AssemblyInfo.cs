[assembly: AssemblyFixture(typeof(Remanso.Dashboard.Tests.Browser))]
