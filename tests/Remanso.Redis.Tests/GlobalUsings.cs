global using Remanso.Conformance.Servers;
